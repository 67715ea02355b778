import { describe, expect, test } from 'vitest';
import { formatVerified, type Verified } from '../../../src/digests/plan/verification-status.ts';
import { verifyImages } from '../../../src/digests/plan/verify-images.ts';
import type { Evidence } from '../../../src/sources/evidence/evidence.ts';
import { parseNameChange } from '../../../src/sources/evidence/naming.ts';
import { proveManifest } from '../../../src/sources/evidence/prove.ts';
import { idA } from '../../support/cli-store.ts';
import { digestOf, manifestOf } from '../../support/data-root.ts';

const bytes = Buffer.from(JSON.stringify(manifestOf(idA)));
const digest = digestOf(bytes);
const other = `sha256:${'9'.repeat(64)}`;
const image = { id: digest, tags: ['app:1'], digests: [`app@${digest}`] };

function source(offered = digest, repository = 'app'): Evidence {
  const proven = proveManifest(bytes);
  if ('problem' in proven) throw new Error(proven.reason);
  return {
    source: 'oci:x',
    manifests: offered === digest ? new Map([[digest, proven]]) : new Map(),
    describedDigests: [{ digest: offered, repository, tag: '1', detail: 'a test' }],
    unverified: [],
    withoutDigest: [],
    tagProof: 'file',
    platforms: new Map(),
    problems: [],
  };
}

const standings = (verified: readonly Verified[]) =>
  verified.map(({ reference, standing, source: by }) => [reference, standing, by]);

test('the digest by which the daemon keeps the image holds', () => {
  expect(standings(verifyImages([image], []))).toEqual([[`app@${digest}`, 'holds', 'the daemon']]);
});

test('any other is wrong', () => {
  const lie = { ...image, digests: [`app@${other}`] };
  expect(verifyImages([lie], [source()])).toMatchObject([
    { reference: `app@${other}`, standing: 'wrong', imageId: digest },
    { reference: `app@${digest}`, standing: 'absent' },
  ]);
});

test('a digest that stands among the tags is one, and is told once', () => {
  const pulled = { ...image, tags: [`app@${digest}`, 'app:1'] };
  expect(verifyImages([pulled], [])).toHaveLength(1);
});

describe('with a source', () => {
  test('that has the manifest', () => {
    expect(standings(verifyImages([image], [source()]))).toEqual([[`app@${digest}`, 'holds', 'oci:x']]);
  });

  test('that has another one by the tag: what is here was converted, or the tag moved', () => {
    const verified = verifyImages([image], [source(other)]);
    expect(standings(verified)).toEqual([
      [`app@${digest}`, 'not-provable', undefined],
      [`app@${other}`, 'absent', 'oci:x'],
    ]);
    expect(formatVerified(verified[1] as Verified)).toContain('has app:1 as');
  });

  test('that has it by another name', () => {
    const map = [parseNameChange('mirror.local/app=app')];
    expect(standings(verifyImages([image], [source(other, 'mirror.local/app')], { map }))).toContainEqual([
      `app@${other}`,
      'absent',
      'oci:x',
    ]);
    expect(verifyImages([image], [source(other, 'mirror.local/app')])).toHaveLength(1);
  });
});

test.each(['holds', 'wrong', 'image-missing', 'unresolvable', 'absent', 'not-provable'] as const)(
  '%s is a sentence',
  (standing) => {
    const one = { reference: `app@${digest}`, standing, imageId: idA, source: 'oci:x', proven: [other] };
    expect(formatVerified(one)).toMatch(/^(?:app@sha256:|oci:x has an image).*[^.]$/);
    expect(formatVerified({ ...one, source: undefined })).not.toContain('undefined has');
  },
);
