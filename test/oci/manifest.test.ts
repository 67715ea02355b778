import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../src/oci/manifest.ts';
import { indexOf, manifestList, manifestOf, ociIndex, ociManifest, schema2 } from '../support/data-root.ts';

const a = `sha256:${'a'.repeat(64)}`;
const b = `sha256:${'b'.repeat(64)}`;

function parse(value: unknown) {
  return parseManifest(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
}

test.each([schema2, ociManifest])('an image manifest of type %s', (mediaType) => {
  const manifest = manifestOf(a, mediaType, { layers: [{ digest: b, size: 1 }] });
  expect(parse(manifest)).toEqual({
    kind: 'manifest',
    mediaType,
    config: a,
    layers: [b],
  });
});

test.each([manifestList, ociIndex])('an index of type %s', (mediaType) => {
  const index = indexOf(
    [
      { digest: a, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      {
        digest: b,
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
      },
    ],
    mediaType,
  );
  expect(parse(index)).toEqual({
    kind: 'index',
    mediaType,
    manifests: [
      { digest: a, platform: 'linux/arm64/v8', isAttestation: false },
      { digest: b, platform: 'unknown/unknown', isAttestation: true },
    ],
  });
});

test('without a media type it is one of OCI', () => {
  expect(parse({ config: { digest: a }, layers: [] })).toMatchObject({ mediaType: ociManifest });
  expect(parse({ manifests: [] })).toMatchObject({ mediaType: ociIndex });
});

describe('what is neither', () => {
  test.each([
    ['not JSON', 'manifest', 'it is not JSON'],
    ['cut', '{"schemaVersion":2,"config":{', 'it is not JSON'],
    ['a list', [], 'it does not hold a JSON object'],
    ['both at once', { ...manifestOf(a, ociIndex), ...indexOf([]) }, 'it is both a manifest and an index'],
    [
      'of another type',
      manifestOf(a, 'application/vnd.docker.distribution.manifest.v1+json'),
      'its media type is',
    ],
    ['an index that says it is a manifest', indexOf([], ociManifest), 'its media type is'],
    ['a manifest that says it is an index', manifestOf(a, manifestList), 'its media type is'],
    ['without a config', { schemaVersion: 2, layers: [] }, 'it names no config'],
    ['with a config that is none', { config: [a] }, 'it names no config'],
    ['nested beyond all measure', `{"config":${'['.repeat(20_000)}`, 'it is nested too deeply'],
  ])('%s', (_, value, reason) => {
    expect(parse(value)).toMatchObject({ reason: expect.stringContaining(reason) });
  });
});

test('brackets inside strings are no nesting', () => {
  const note = '[{\\"'.repeat(20_000);
  expect(parse(`{"note":"${note}","config":{"digest":"${a}"}}`)).toMatchObject({ config: a });
});

test('entries of an index that are none are left out', () => {
  const index = { manifests: [null, 1, 'x', {}, { digest: 1 }, { digest: a }] };
  expect(parse(index)).toMatchObject({ manifests: [{ digest: a, isAttestation: false }] });
});
