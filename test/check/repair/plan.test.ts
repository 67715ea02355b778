import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkFacts } from '../../../src/check/check.ts';
import { repairBase } from '../../../src/check/repair/base.ts';
import { planRepair, planRepairDetailed } from '../../../src/check/repair/plan.ts';
import type { RepairPolicy } from '../../../src/check/repair/policy.ts';
import { type RuleName, ruleNames } from '../../../src/check/rules/index.ts';
import type { Claim, Proof } from '../../../src/facts/claim.ts';
import type { Facts } from '../../../src/facts/facts.ts';
import { applyPatch } from '../../../src/repositories/apply.ts';
import { parsePatch } from '../../../src/repositories/patch-schema.ts';
import { Repositories } from '../../../src/repositories/repositories.ts';
import { serializeRepositories } from '../../../src/repositories/serialize.ts';
import { digestA, digestB, file, ghost, host, imageA, imageB, store, tagged } from '../../support/facts.ts';

const claim = (reference: string, imageId: string, proof: Proof = 'container'): Claim => ({
  reference,
  imageId,
  source: `${proof}:`,
  proof,
  detail: 'for a test',
});

function plan(facts: Facts, claims: readonly Claim[] = [], policy: RepairPolicy = {}) {
  return planRepairDetailed(checkFacts(facts), claims, policy);
}

function operations(facts: Facts, claims: readonly Claim[] = [], policy: RepairPolicy = {}): string[] {
  return plan(facts, claims, policy).patch.operations.map((operation) =>
    [operation.op, operation.reference, ...('image' in operation ? [operation.image.slice(7, 8)] : [])].join(
      ' ',
    ),
  );
}

test('a patch is bound to the bytes that were checked, and is a patch document', () => {
  const facts = host({ ...tagged, 'docker.io/c': { 'docker.io/c:1': imageA } });
  const patch = planRepair(checkFacts(facts));
  expect(patch.base).toEqual({
    sha256: createHash('sha256')
      .update(facts.file.bytes ?? '')
      .digest('hex'),
  });
  expect(parsePatch(JSON.stringify(patch))).toEqual(patch);
  expect(
    planRepair(checkFacts({ ...host({}), ...file(undefined, { kind: 'missing' }) })).base,
  ).toBeUndefined();
});

test('what is no regular file is left to who put it there, whatever the claims say', () => {
  for (const kind of ['symlink', 'directory', 'other'] as const) {
    const link = kind === 'symlink' ? { link: { target: 'x', dangling: true } } : {};
    const facts = { ...host({}), ...file(undefined, { kind, ...link }) };
    expect(plan(facts, [claim('a:2', imageA)])).toMatchObject({ steps: [], rewrite: false });
  }
  const linked = file(`${store(tagged)} `, { kind: 'symlink', link: { target: 'x', dangling: false } });
  expect(plan({ ...host({}), ...linked })).toMatchObject({ steps: [], rewrite: false });
});

test('where the image db could not be read, no name is added and no ghost removed', () => {
  const { dataRoot, ...facts } = { ...host({}), ...file('{"Repositories":{"a":{"a:1":"') };
  if (dataRoot === undefined) throw new Error('the host of the tests has a data root');
  const { images: _images, ...rest } = dataRoot;
  const imagesUnread = { path: '/var/lib/docker/image', reason: 'it is a symbolic link' };
  const unseen = { ...facts, dataRoot: { ...rest, imagesUnread } };
  const claims = [claim('a:2', imageA), claim(`b@${digestB}`, imageB, 'digest')];
  expect(plan(unseen, claims, { add: 'all' })).toMatchObject({ steps: [], absent: [], nameless: [] });
  const lossy = ['ghost-tag', 'ghost-digest'] as const;
  expect(plan({ ...unseen, ...file(store({ a: { 'a:1': ghost } })) }, [], { lossy }).steps).toEqual([]);
});

test('where the names were lost, the images that nothing gives a tag are listed', () => {
  const lost = plan({ ...host({}), ...file('') }, [
    claim('a:2', imageA),
    claim(`b@${digestB}`, imageB, 'digest'),
  ]);
  expect(lost.nameless).toEqual([imageB]);
  expect(plan(host({ a: tagged.a })).nameless).toEqual([]);
});

describe('which claims are used', () => {
  const claims = [claim('a:2', imageA), claim('c:1', imageB), claim(`b@${digestB}`, imageB, 'digest')];

  test('none on a healthy store, unless all are wanted', () => {
    expect(operations(host(tagged), claims)).toEqual([]);
    expect(operations(host(tagged), claims, { add: 'all' })).toEqual([
      'add a:2 a',
      `add b@${digestB} b`,
      'add c:1 b',
    ]);
  });

  test('all where the file has lost its names', () => {
    for (const text of ['', '\0\0', 'null', '{"Repositories":null}', store(tagged).slice(0, 20)]) {
      expect(operations({ ...host({}), ...file(text) }, claims)).toEqual([
        'add a:2 a',
        `add b@${digestB} b`,
        'add c:1 b',
      ]);
    }
  });

  test('those for an image that lost its names', () => {
    expect(operations(host({ a: tagged.a }), claims)).toEqual([`add b@${digestB} b`, 'add c:1 b']);
  });

  test('those for what is required', () => {
    const required = [{ reference: 'docker.io/library/a:2', source: 'pins.txt', line: 1 }];
    expect(operations(host(tagged, {}, { required }), claims)).toEqual(['add a:2 a']);
  });

  test('a tag that a container was made by, only where the image has no other name; a digest always', () => {
    const container = { id: 'c', name: 'web', image: 'a:2', imageId: imageA, running: true };
    const said = [claim('a:2', imageA), claim(`a@${digestA}`, imageA)];
    const made = (image: string) => ({ containers: [{ ...container, image }] });
    expect(operations(host(tagged, made('a:2')), said)).toEqual([]);
    expect(operations(host({ b: tagged.b }, made('a:2')), said)).toEqual(['add a:2 a', `add a@${digestA} a`]);
    expect(operations(host(tagged, made(`a@${digestA}`)), said)).toEqual([`add a@${digestA} a`]);
  });

  test('none for an image that is not here: those are named', () => {
    const { patch, absent } = plan({ ...host({}), ...file('') }, [claim('c:1', ghost)]);
    expect({ operations: patch.operations, absent }).toEqual({
      operations: [],
      absent: [claim('c:1', ghost)],
    });
  });

  test('none that would move what works', () => {
    const other = [claim('a:1', imageB, 'memory'), claim(`a@${digestA}`, imageB, 'digest')];
    const facts = host({ ...tagged, a: { 'a:1': imageA, [`a@${digestA}`]: imageA } });
    expect(operations(facts, other, { add: 'all' })).toEqual([]);
  });

  test('none whose key no daemon would write', () => {
    const odd = ['sha256:1', 'Bad:1', '', 'a', `a:1@${digestA}`].map((reference) => claim(reference, imageA));
    expect(operations({ ...host({}), ...file('') }, odd)).toEqual([]);
  });

  test('in familiar form', () => {
    const familiar = [claim('docker.io/library/a:1', imageA), claim('docker.io/library/b:1', imageB)];
    expect(operations({ ...host({}), ...file('') }, familiar)).toEqual(['add a:1 a', 'add b:1 b']);
  });

  test('a damaged image keeps its references: it is the image that has to come back', () => {
    const images = new Map([
      [imageA, { state: 'empty' } as const],
      [imageB, { state: 'ok' } as const],
    ]);
    expect(operations(host(tagged, { images }), [claim('a:1', imageB)], { add: 'all' })).toEqual([]);
  });
});

describe('what is asked and what is refused', () => {
  test('a tag that is lost goes where the user puts it, and stays there against --lossy', () => {
    const facts = host({ ...tagged, c: { 'c:1': ghost } });
    const answers = new Map([['c:1', imageB]]);
    expect(operations(facts, [], { answers })).toEqual(['move c:1 b']);
    expect(operations(facts, [], { answers, lossy: ['ghost-tag'] })).toEqual(['move c:1 b']);
    expect(plan(facts, [claim('c:1', imageA)], { answers }).steps).toMatchObject([
      { why: 'choice', change: { image: imageB } },
    ]);
    const done = host({ ...tagged, c: { 'c:1': imageB } });
    expect(plan(done, [], { answers })).toMatchObject({ steps: [], unusedAnswers: [] });
  });

  test('of a damaged file the user may know a name that nothing else tells', () => {
    const answers = new Map([['local/tool:1', imageB]]);
    const cut = { ...host({}), ...file(`${store({ a: tagged.a }).slice(0, -1)},"local/to`) };
    expect(operations(cut, [], { answers })).toEqual(['add local/tool:1 b']);
  });

  test('an answer that cannot be followed is told, not passed over', () => {
    const facts = host({ ...tagged, c: { 'c:1': ghost, [`c@${digestA}`]: ghost } });
    const unused = (reference: string, imageId: string) =>
      plan(facts, [], { answers: new Map([[reference, imageId]]) }).unusedAnswers;
    expect(unused('nobody/knows:1', imageA)).toMatchObject([{ why: 'nothing-to-decide' }]);
    expect(unused('a:1', imageB)).toMatchObject([{ why: 'nothing-to-decide' }]);
    expect(unused('c:1', `sha256:${'7'.repeat(64)}`)).toMatchObject([{ why: 'image-not-here' }]);
    expect(unused(`c@${digestA}`, imageA)).toMatchObject([{ why: 'unproven' }]);
    expect(unused('a:1', imageA)).toEqual([]);
  });

  test('claims that disagree are a question, and an answer settles it', () => {
    const facts = host({ ...tagged, c: { 'c:1': ghost } });
    const claims = [claim('c:1', imageA), claim('c:1', imageB, 'backup')];
    const asked = plan(facts, claims);
    expect(asked.questions).toEqual([{ reference: 'c:1', claims }]);
    expect(asked.patch.operations).toEqual([]);
    expect(operations(facts, claims, { answers: new Map([['c:1', imageB]]) })).toEqual(['move c:1 b']);
  });

  test('what does not prove a digest is not used, and named', () => {
    const { patch, unproven } = plan({ ...host({}), ...file('') }, [claim(`a@${digestA}`, imageA, 'file')]);
    expect(patch.operations).toEqual([]);
    expect(unproven).toHaveLength(1);
  });

  test('keys that contradict each other: a claim, an answer, or --lossy, which keeps what works', () => {
    const facts = host({ ...tagged, 'docker.io/a': { 'docker.io/a:1': imageB } });
    expect(plan(facts).questions.map(({ reference }) => reference)).toEqual(['a:1']);
    expect(operations(facts, [claim('a:1', imageB)])).toEqual(['move a:1 b', 'remove docker.io/a:1']);
    expect(operations(facts, [], { answers: new Map([['a:1', imageB]]) })).toEqual([
      'move a:1 b',
      'remove docker.io/a:1',
    ]);
    expect(operations(facts, [], { lossy: ['reference-conflict'] })).toEqual(['remove docker.io/a:1']);
  });

  test('two keys that nobody finds, and neither is right', () => {
    const facts = host({ ...tagged, 'docker.io/c': { 'docker.io/c:1': imageB }, zzz: { 'c:1': imageA } });
    expect(operations(facts, [], { lossy: ['reference-conflict'] })).toEqual([]);
    expect(plan(facts).questions).toMatchObject([{ reference: 'c:1', claims: [{}, {}] }]);
    expect(operations(facts, [claim('c:1', imageA)])).toEqual([
      'add c:1 a',
      'remove docker.io/c:1',
      'remove c:1',
    ]);
  });
});

describe('what is removed', () => {
  const facts = host({ ...tagged, c: { 'c:1': ghost, [`c@${digestA}`]: ghost } });

  test('only what was allowed', () => {
    expect(operations(facts)).toEqual([]);
    expect(operations(facts, [], { lossy: ['ghost-digest'] })).toEqual([`remove c@${digestA}`]);
    expect(plan(facts, [], { lossy: ['ghost-tag'] }).steps).toMatchObject([
      { why: 'remove', rule: 'ghost-tag' },
    ]);
  });

  test('not what a claim mends', () => {
    const claims = [claim('c:1', imageA)];
    expect(operations(facts, claims, { lossy: ['ghost-tag', 'ghost-digest'] })).toEqual([
      'move c:1 a',
      `remove c@${digestA}`,
    ]);
  });

  test('a ghost under a long name goes from where it was put', () => {
    const long = host({ ...tagged, 'docker.io/c': { 'docker.io/c:1': ghost } });
    expect(operations(long)).toEqual(['add c:1 0', 'remove docker.io/c:1']);
    expect(operations(long, [], { lossy: ['ghost-tag'] })).toEqual(['remove docker.io/c:1']);
  });
});

describe('safety is told from the facts, whatever a user makes of the findings', () => {
  const off = (facts: Facts, rules: readonly RuleName[], claims: readonly Claim[] = []) =>
    planRepairDetailed(
      checkFacts(facts, { severities: Object.fromEntries(rules.map((rule) => [rule, 'off'])) }),
      claims,
    );

  test('a cut file is not traded for an empty store, and no image is left to the prune', () => {
    const cut = { ...host({}), ...file('{"Repositories":{"a":{"a:1":"sha2') };
    expect(off(cut, ['file-cut'])).toMatchObject({ withheld: 'file-cut', rewrite: false, steps: [] });
    expect(off(cut, ['file-cut', 'image-unnamed'], [claim('a:1', imageA)])).toMatchObject({
      withheld: 'file-cut',
      prunable: [imageB],
      rewrite: false,
    });
  });

  test('what claims prove comes back', () => {
    const { patch } = off(
      { ...host({}), ...file('') },
      [...ruleNames],
      [claim('a:1', imageA), claim('b:1', imageB)],
    );
    expect(patch.operations).toHaveLength(2);
  });

  test('an image db that cannot be listed is no image db without images', () => {
    const { dataRoot, ...facts } = { ...host({}), ...file(store(tagged).slice(0, -1)) };
    const { images: _images, ...rest } = dataRoot as NonNullable<typeof dataRoot>;
    const unseen = { ...facts, dataRoot: { ...rest, imagesUnread: { path: '/x', reason: 'it is a link' } } };
    expect(plan(unseen)).toMatchObject({ withheld: 'file-cut', rewrite: false, entryCount: 2 });
  });

  test('another encoding loses nothing by itself; with a bad byte in it, a name is lost', () => {
    const utf16 = (text: string) => file(Buffer.from(`\ufeff${text}`, 'utf16le'));
    expect(plan({ ...host({}), ...utf16(store({ a: tagged.a })) })).toMatchObject({
      withheld: undefined,
      rewrite: true,
    });
    const damaged = store(tagged).replace('b:1', 'b:\ud800');
    expect(plan({ ...host({}), ...utf16(damaged) })).toMatchObject({
      withheld: 'file-encoding',
      prunable: [imageB],
      rewrite: false,
    });
  });
});

describe('rescue tags', () => {
  const rescued = (imageId: string) => `refstore-rescued:${imageId.slice(7, 19)}`;
  const policy = { rescueTags: true };

  test('keep each image that would be left without a name, so that nothing is withheld', () => {
    const { withheld, prunable, remaining, after } = plan({ ...host({}), ...file('') }, [], policy);
    expect({ withheld, prunable }).toEqual({ withheld: undefined, prunable: [] });
    expect([...after.entries()].map(({ reference, imageId }) => [reference, imageId])).toEqual([
      [rescued(imageA), imageA],
      [rescued(imageB), imageB],
    ]);
    expect(remaining).toMatchObject([
      { rule: 'image-unnamed', severity: 'info' },
      { rule: 'image-unnamed', severity: 'info' },
    ]);
  });

  test('are given where nothing else names the image, and to one that has only digests', () => {
    const claims = [claim('a:1', imageA), claim(`b@${digestB}`, imageB, 'digest')];
    expect(operations({ ...host({}), ...file('') }, claims, policy)).toEqual([
      'add a:1 a',
      `add b@${digestB} b`,
      `add ${rescued(imageB)} b`,
    ]);
  });

  test('are given on a sound store too, and never twice', () => {
    const facts = host({ a: tagged.a });
    expect(operations(facts, [], policy)).toEqual([`add ${rescued(imageB)} b`]);
    const after = host({ a: tagged.a, 'refstore-rescued': { [rescued(imageB)]: imageB } });
    expect(plan(after, [], policy)).toMatchObject({ steps: [], rewrite: false });
  });

  test('do not stand in the way of a name that is found later', () => {
    const facts = host({ a: tagged.a, 'refstore-rescued': { [rescued(imageB)]: imageB } });
    expect(operations(facts, [claim('b:1', imageB)])).toEqual(['add b:1 b']);
  });

  test('tell two images apart whose IDs begin alike', () => {
    const twin = `${imageA.slice(0, -1)}b`;
    const images = new Map([imageA, twin].map((id) => [id, { state: 'ok' } as const]));
    expect(operations({ ...host({}, { images }), ...file('') }, [], policy)).toHaveLength(2);
  });
});

describe('a digest without a tag', () => {
  const empty = { ...host({}), ...file('') };
  const claims = [
    claim(`a@${digestA}`, imageA, 'digest'),
    claim('b:1', imageB),
    claim(`b@${digestB}`, imageB, 'digest'),
  ];

  test('is added to an image that has none anyway, and the image is named', () => {
    const lossy = ['file-empty'] as const;
    expect(plan(empty, claims)).toMatchObject({ withheld: 'file-empty', prunable: [imageA], entryCount: 3 });
    const { untagged } = plan(empty, claims, { lossy });
    expect(operations(empty, claims, { lossy })).toEqual([
      `add a@${digestA} a`,
      'add b:1 b',
      `add b@${digestB} b`,
    ]);
    expect(untagged).toEqual([imageA]);
  });

  test('is not, when that is not wanted', () => {
    const policy = { untagged: 'skip', lossy: ['file-empty'] } as const;
    expect(operations(empty, claims, policy)).toEqual(['add b:1 b', `add b@${digestB} b`]);
    expect(plan(empty, claims, policy).untagged).toEqual([]);
  });
});

describe('writing', () => {
  test('nothing on a clean store, nor for a file that is not there and that nothing is known of', () => {
    expect(plan(host(tagged)).rewrite).toBe(false);
    expect(plan({ ...host({}), ...file(undefined, { kind: 'missing' }) }).rewrite).toBe(false);
  });

  describe('a broken file of which no name can be saved or proven', () => {
    const empty = file('');

    test('is left to keep the daemon down, and its images from the prune', () => {
      const { rewrite, steps, withheld, unnamed, imageCount, remaining } = plan({ ...host({}), ...empty });
      expect({ rewrite, steps, withheld, imageCount }).toEqual({
        rewrite: false,
        steps: [],
        withheld: 'file-empty',
        imageCount: 2,
      });
      expect(unnamed).toEqual([imageA, imageB]);
      expect(remaining.map(({ severity }) => severity)).toEqual(['fatal', 'warning', 'warning']);
    });

    test('becomes an empty store where the user says so', () => {
      const { rewrite, after, remaining } = plan({ ...host({}), ...empty }, [], { lossy: ['file-empty'] });
      expect([rewrite, serializeRepositories(after)]).toEqual([true, '{"Repositories":{}}']);
      expect(remaining.map(({ severity }) => severity)).toEqual(['warning', 'warning']);
    });

    test('is mended where there are no images to lose, and left where that is not known', () => {
      expect(plan({ ...host({}, { images: new Map() }), ...empty }).rewrite).toBe(true);
      expect(plan(empty).rewrite).toBe(false);
    });
  });

  test('with one name of two proven it is not written unless that is accepted: a prune would delete the other', () => {
    const claims = [claim('a:1', imageA)];
    const facts = { ...host({}), ...file('') };
    expect(plan(facts, claims)).toMatchObject({
      withheld: 'file-empty',
      prunable: [imageB],
      unnamed: [imageB],
      imageCount: 2,
      entryCount: 1,
      rewrite: false,
      steps: [],
    });
    expect(plan(facts, claims, { lossy: ['ghost-tag'] }).withheld).toBe('file-empty');
    const one = plan(facts, claims, { lossy: ['file-empty'] });
    expect(one).toMatchObject({ withheld: undefined, prunable: [imageB], rewrite: true });
    expect(one.remaining).toMatchObject([{ rule: 'image-unnamed', severity: 'warning', imageId: imageB }]);
    const container = { id: 'c'.repeat(64), name: 'web', image: imageB, imageId: imageB, running: false };
    const used = plan({ ...host({}, { containers: [container] }), ...file('') }, claims);
    expect(used).toMatchObject({ withheld: undefined, nameless: [imageB], prunable: [], rewrite: true });
    expect(used.remaining).toMatchObject([{ rule: 'image-unnamed', severity: 'info' }]);
    expect(plan(host({ a: tagged.a })).remaining).toMatchObject([
      { rule: 'image-unnamed', severity: 'warning' },
    ]);
  });

  test('buckets that hold nothing go', () => {
    const { rewrite, after, base } = plan(host({ ...tagged, c: {}, d: null }));
    expect([rewrite, serializeRepositories(after)]).toEqual([true, store(tagged)]);
    expect(base).toEqual(repairBase(new TextEncoder().encode(store({ ...tagged, c: {}, d: null }))));
  });
});

/** Stores with anything in them, on a host that has two images. */
const key = fc.constantFrom(
  'a:1',
  'a:2',
  `a@${digestA}`,
  'docker.io/library/a:1',
  `docker.io/a@${digestA}`,
  'library/a:2',
  'a',
  'Bad:1',
  `a:1@${digestB}`,
  'sha256:1',
  'docker.io/foo.io/x:1',
  'b/c:1',
  '',
);
const anything = fc.dictionary(
  fc.constantFrom('a', 'docker.io/a', 'library/a', 'b/c', 'sha256', 'docker.io/foo.io/x', 'zzz'),
  fc.oneof(fc.constant(null), fc.dictionary(key, fc.constantFrom(imageA, imageB, ghost, 'foo', ''))),
);
const claims = fc.array(
  fc
    .tuple(
      key,
      fc.constantFrom(imageA, imageB, ghost),
      fc.constantFrom<Proof>('digest', 'memory', 'container', 'backup', 'file'),
    )
    .map(([reference, imageId, proof]) => claim(reference, imageId, proof)),
  { maxLength: 6 },
);
const policies = fc.record<RepairPolicy>({
  lossy: fc.subarray([
    'ghost-tag',
    'ghost-digest',
    'key-unparsable',
    'reference-conflict',
    'image-id-malformed',
    'file-cut',
    'file-empty',
    'file-syntax',
  ] as const),
  rescueTags: fc.boolean(),
  add: fc.constantFrom('needed', 'all'),
  untagged: fc.constantFrom('add', 'skip'),
});

describe('laws of repair', () => {
  test('the patch applies to the base; a second plan is empty; nothing sound is lost or put at what is not there', () => {
    fc.assert(
      fc.property(anything, claims, policies, fc.nat({ max: 400 }), (content, said, policy, cut) => {
        const whole = new TextEncoder().encode(store(content));
        const bytes = cut < 200 ? whole.subarray(0, cut) : whole;
        const first = planRepairDetailed(checkFacts({ ...host({}), ...file(bytes) }), said, policy);
        if (first.withheld !== undefined) {
          expect({ steps: first.steps, rewrite: first.rewrite }).toEqual({ steps: [], rewrite: false });
          return;
        }
        const { repositories } = applyPatch(repairBase(bytes), first.patch);
        expect(serializeRepositories(repositories)).toBe(serializeRepositories(first.after));

        const after = { ...host({}), ...file(serializeRepositories(repositories)) };
        const second = planRepairDetailed(checkFacts(after), said, policy);
        expect({ operations: second.patch.operations, rewrite: second.rewrite }).toEqual({
          operations: [],
          rewrite: false,
        });

        const before = checkFacts({ ...host({}), ...file(bytes) }).context;
        for (const entry of before.entries) {
          if (entry.form !== 'valid' || before.hasImage(entry.imageId) !== true) continue;
          expect(repositories.entry(entry.repository, entry.reference)).toBeDefined();
        }
        for (const { change } of first.steps) {
          if (change.op !== 'remove') expect([imageA, imageB, ghost]).toContain(change.image);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('an empty store and no claims: nothing to do', () => {
    expect(operations({ ...host({}), ...file(serializeRepositories(Repositories.empty)) })).toEqual([]);
  });
});
