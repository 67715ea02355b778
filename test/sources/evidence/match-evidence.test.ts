import { describe, expect, test } from 'vitest';
import { formatDigestMatch } from '../../../src/sources/evidence/digest-match.ts';
import type { Evidence } from '../../../src/sources/evidence/evidence.ts';
import type { LocalImages } from '../../../src/sources/evidence/local-images.ts';
import { matchEvidence } from '../../../src/sources/evidence/match-evidence.ts';
import type { Naming } from '../../../src/sources/evidence/naming.ts';
import { makeImage, makeIndex } from '../../e2e/support/images.ts';
import { indexOf } from '../../support/data-root.ts';
import { blobOf, evidenceOf, hereWith } from '../../support/evidence.ts';

const app = makeImage('app', 'amd64');
const arm = makeImage('app', 'arm64');
const other = makeImage('other', 'amd64');
const manifest = app.manifests.oci;
const index = makeIndex('oci', { amd64: app, arm64: arm });
const single = evidenceOf([manifest], [{ digest: manifest.digest, repository: 'demo/app', tag: '1' }]);
const both = [index, manifest, arm.manifests.oci];
const reference = `demo/app@${manifest.digest}`;

function matches(evidence: Evidence, local: LocalImages, naming?: Naming) {
  return matchEvidence(evidence, local, naming).matches.map(({ outcome, reference, imageId, other }) => ({
    outcome,
    reference,
    ...(imageId && { imageId }),
    ...(other && { other }),
  }));
}

describe('a digest whose image is here', () => {
  test('that the store lacks is restorable, with a claim for it and one for its tag', () => {
    const { claims, matches, proofs } = matchEvidence(single, hereWith([app]));
    expect(claims).toEqual([
      { reference, imageId: app.id, source: 'test:', proof: 'digest', detail: 'a test' },
      { reference: 'demo/app:1', imageId: app.id, source: 'test:', proof: 'file', detail: 'a test' },
    ]);
    expect(matches).toMatchObject([{ outcome: 'restorable', reference, imageId: app.id, tag: 'demo/app:1' }]);
    expect(proofs).toEqual([
      {
        digest: manifest.digest,
        imageIds: [app.id],
        complete: true,
        repositories: ['demo/app'],
        source: 'test:',
      },
    ]);
  });

  test('that the store has, is already there, and claimed all the same', () => {
    const local = hereWith([app], { [reference]: app });
    expect(matches(single, local)).toEqual([{ outcome: 'already-there', reference, imageId: app.id }]);
    expect(matchEvidence(single, local).claims).toHaveLength(2);
  });

  test('that the store has at another image', () => {
    const local = hereWith([app, other], { [reference]: other });
    expect(matches(single, local)).toEqual([
      { outcome: 'held-by-another', reference, imageId: app.id, other: other.id },
    ]);
    expect(matchEvidence(single, local).claims[0]).toMatchObject({ reference, imageId: app.id });
  });

  test('under a name that changes on the way', () => {
    const map = [{ from: 'docker.io/demo/', to: 'registry.local:5000/team/' }];
    const expected = `registry.local:5000/team/app@${manifest.digest}`;
    expect(matches(single, hereWith([app]), { map })).toMatchObject([{ reference: expected }]);
    expect(matches(single, hereWith([app]), { as: 'mine' })).toMatchObject([
      { reference: `mine@${manifest.digest}` },
    ]);
  });

  test('under a name that the store cannot keep', () => {
    const named = (repository: string) => evidenceOf([manifest], [{ digest: manifest.digest, repository }]);
    expect(matches(named('sha256'), hereWith([app]))).toEqual([
      { outcome: 'invalid-name', reference: undefined },
    ]);
    const map = [{ from: 'docker.io/library/x', to: 'docker.io/foo.io/x' }];
    expect(matches(named('x'), hereWith([app]), { map })).toMatchObject([{ outcome: 'invalid-name' }]);
  });
});

describe('an index', () => {
  const describedDigest = [{ digest: index.digest, repository: 'demo/app', tag: '1' }];
  const ofIndex = `demo/app@${index.digest}`;

  test('stands for the image of it that is here, whichever platform that is', () => {
    for (const image of [app, arm]) {
      expect(matches(evidenceOf(both, describedDigest), hereWith([image]))).toEqual([
        { outcome: 'restorable', reference: ofIndex, imageId: image.id },
      ]);
    }
  });

  test('of which two images are here: the one that is tagged so, or held, or meant by the source', () => {
    const evidence = evidenceOf(both, describedDigest);
    expect(matches(evidence, hereWith([app, arm], { 'demo/app:x': arm }))).toMatchObject([
      { outcome: 'restorable', imageId: arm.id },
    ]);
    expect(matches(evidence, hereWith([app, arm], { 'demo/app:x': arm, [ofIndex]: app }))).toMatchObject([
      { outcome: 'already-there', imageId: app.id },
    ]);
    const meant = evidenceOf(both, [{ ...describedDigest[0], digest: index.digest, images: [app.id] }]);
    expect(matches(meant, hereWith([app, arm], { 'demo/app:x': arm }))).toMatchObject([
      { outcome: 'restorable', imageId: app.id },
    ]);
  });

  test('of which two images are here and nothing decides: nobody chooses', () => {
    const { claims, matches } = matchEvidence(evidenceOf(both, describedDigest), hereWith([app, arm]));
    expect(matches).toMatchObject([{ outcome: 'ambiguous', reference: ofIndex, proven: [app.id, arm.id] }]);
    expect(claims.map(({ imageId }) => imageId)).toEqual([app.id, arm.id]);
  });

  test('in an index, but nothing deeper', () => {
    const second = blobOf(indexOf([{ digest: index.digest }]));
    const third = blobOf(indexOf([{ digest: second.digest }]));
    const blobs = [...both, second, third];
    expect(
      matches(evidenceOf(blobs, [{ digest: second.digest, repository: 'a' }]), hereWith([app])),
    ).toMatchObject([{ outcome: 'restorable', imageId: app.id }]);
    expect(
      matches(evidenceOf(blobs, [{ digest: third.digest, repository: 'a' }]), hereWith([app])),
    ).toMatchObject([{ outcome: 'image-not-here' }]);
  });

  test('that is not whole disproves nothing', () => {
    const { proofs } = matchEvidence(evidenceOf([index, manifest], describedDigest), hereWith([app]));
    expect(proofs[0]).toMatchObject({ digest: index.digest, imageIds: [app.id], complete: false });
  });
});

describe('a digest whose image is not here', () => {
  const describedDigest = [{ digest: index.digest, repository: 'demo/app', tag: '1' }];

  test.each([
    ['nothing is here', single, hereWith([]), { outcome: 'image-not-here' }],
    ['another image is here', single, hereWith([other]), { outcome: 'image-not-here' }],
    [
      'its tag is another image here',
      single,
      hereWith([other], { 'demo/app:1': other }),
      { outcome: 'other-image', other: other.id },
    ],
    ['its tag is a ghost here', single, hereWith([], { 'demo/app:1': other }), { outcome: 'image-not-here' }],
    [
      'the index has it for other platforms',
      evidenceOf(both, describedDigest),
      hereWith([other.id], {}, 'linux/s390x'),
      { outcome: 'other-platform' },
    ],
    [
      'the image with its tag is of a platform that the index has, and not the one that it names',
      evidenceOf(both, describedDigest),
      hereWith([other], { 'demo/app:1': other }),
      { outcome: 'other-image', other: other.id },
    ],
    [
      'the manifest for the platform is not in the source',
      evidenceOf([index, arm.manifests.oci], describedDigest),
      hereWith([other], { 'demo/app:1': other }),
      { outcome: 'manifest-missing' },
    ],
    [
      'a single manifest whose config says another platform',
      evidenceOf([arm.manifests.oci], [{ digest: arm.manifests.oci.digest, repository: 'demo/app' }], {
        platforms: new Map([[arm.id, 'linux/arm64']]),
      }),
      hereWith([other]),
      { outcome: 'other-platform' },
    ],
  ] as const)('%s', (_, evidence, local, expected) => {
    const { claims, matches } = matchEvidence(evidence, local);
    expect(matches).toMatchObject([expected]);
    expect(claims).toEqual([]);
  });
});

describe('a source without names', () => {
  const nameless = evidenceOf([manifest], [{ digest: manifest.digest }]);

  test('gives the digest under each name by which the image is tagged here', () => {
    const local = hereWith([app], { 'a:1': app, 'a:2': app, 'registry.local:5000/b:1': app, 'c:1': other });
    expect(matches(nameless, local).map((match) => match.reference)).toEqual([
      `a@${manifest.digest}`,
      `registry.local:5000/b@${manifest.digest}`,
    ]);
  });

  test('says so when the image has no tag, unless a name is given', () => {
    const local = hereWith([app], { [`a@sha256:${'d'.repeat(64)}`]: app });
    expect(matches(nameless, local)).toEqual([{ outcome: 'no-name', reference: undefined, imageId: app.id }]);
    expect(matches(nameless, local, { as: 'a' })).toMatchObject([
      { outcome: 'restorable', reference: `a@${manifest.digest}` },
    ]);
  });

  test('says so when the image is not here', () => {
    expect(matches(nameless, hereWith([other]))).toMatchObject([{ outcome: 'image-not-here' }]);
  });
});

describe('what is only said', () => {
  const digest = `sha256:${'d'.repeat(64)}`;
  const told = (given: string, imageId: string = app.id) =>
    evidenceOf([], [], { unverified: [{ reference: given, imageId, detail: 'a test' }] });

  test('claims without proof, and a digest is called unproven', () => {
    const { claims, matches } = matchEvidence(told(`demo/app@${digest}`), hereWith([app]));
    expect(claims).toMatchObject([{ reference: `demo/app@${digest}`, imageId: app.id, proof: 'file' }]);
    expect(matches).toMatchObject([
      { outcome: 'unproven', reference: `demo/app@${digest}`, imageId: app.id },
    ]);
  });

  test('a tag gives a claim and nothing to restore', () => {
    const { claims, matches } = matchEvidence(told('demo/app'), hereWith([app]));
    expect(claims).toMatchObject([{ reference: 'demo/app:latest', proof: 'file' }]);
    expect(matches).toEqual([]);
  });

  test('of an image that is not here, or of what is no reference', () => {
    expect(matches(told(`demo/app@${digest}`), hereWith([other]))).toMatchObject([
      { outcome: 'image-not-here' },
    ]);
    expect(matches(told('Not A Reference'), hereWith([app]))).toEqual([]);
    expect(matches(told(`a@${digest}`, 'sha256:short'), hereWith([app]))).toEqual([]);
  });

  test('an image without a digest: its tags are claimed, and it is said that no digest can be', () => {
    const evidence = evidenceOf([], [], {
      withoutDigest: [{ imageId: app.id, tags: ['demo/app:1', 'demo/app:2'], detail: 'a test' }],
    });
    const { claims, matches } = matchEvidence(evidence, hereWith([app]));
    expect(claims.map(({ reference, proof }) => [reference, proof])).toEqual([
      ['demo/app:1', 'file'],
      ['demo/app:2', 'file'],
    ]);
    expect(matches).toMatchObject([{ outcome: 'no-digest', imageId: app.id, tag: 'demo/app:1' }]);
    expect(matchEvidence(evidence, hereWith([])).matches).toMatchObject([{ outcome: 'image-not-here' }]);
  });
});

test('the same thing said twice is said once', () => {
  const twice = evidenceOf(
    [manifest],
    ['1', '2'].map((tag) => ({ digest: manifest.digest, repository: 'demo/app', tag })),
  );
  const { claims, matches } = matchEvidence(twice, hereWith([app]));
  expect(matches).toHaveLength(1);
  expect(claims.map((claim) => claim.reference)).toEqual([reference, 'demo/app:1', 'demo/app:2']);
});

test('every verdict has its sentence', () => {
  const local = hereWith([app, other], { 'demo/app:1': other });
  const [match] = matchEvidence(single, local).matches;
  expect(match && formatDigestMatch(match)).toBe(
    `demo/app@${manifest.digest} is proven for the image ${app.id.slice(7, 19)}, and missing in the store`,
  );
  const [absent] = matchEvidence(single, hereWith([other], { 'demo/app:1': other })).matches;
  expect(absent && formatDigestMatch(absent)).toContain(
    `its config is the image ${app.id.slice(7, 19)}, but demo/app:1 is the image ${other.id.slice(7, 19)} here`,
  );
});
