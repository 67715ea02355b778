import { describe, expect, test } from 'vitest';
import { matchEvidence } from '../../src/sources/evidence/match-evidence.ts';
import { parseNameChange } from '../../src/sources/evidence/naming.ts';
import type { RegistryOptions } from '../../src/sources/registry/options.ts';
import { makeImage, makeIndex } from '../e2e/support/images.ts';
import { indexOf } from '../support/data-root.ts';
import { blobOf, contextWith, hereWith, openEvidence } from '../support/evidence.ts';
import { type Handler, registryHandler, serve, serveRegistry } from '../support/registry-server.ts';
import { rejection } from '../support/rejection.ts';

const app = makeImage('app', 'amd64');
const arm = makeImage('app', 'arm64');
const s390 = makeImage('app', 's390x');
const other = makeImage('other', 'amd64');
const index = makeIndex('oci', { amd64: app, arm64: arm, s390x: s390 });
const parts = [app, arm, s390].map(({ manifests }) => manifests.oci);
const registry: RegistryOptions = {
  configDir: '/nonexistent',
  certsDir: '/nonexistent',
  backoffMs: 1,
  timeoutMs: 2000,
};

function ask(spec: string, local = hereWith([app]), more = {}) {
  return openEvidence(spec).evidence(contextWith(local, { registry, ...more }));
}

describe.each(['schema2', 'oci'] as const)('a manifest of kind %s', (kind) => {
  const manifest = app.manifests[kind];

  test('by its tag', async () => {
    const { host } = await serveRegistry({ 'demo/app:1': manifest });
    const evidence = await ask(`docker://${host}/demo/app:1`);
    const { claims, matches } = matchEvidence(evidence, hereWith([app]));
    const reference = `${host}/demo/app@${manifest.digest}`;
    expect(matches).toMatchObject([
      { outcome: 'restorable', reference, imageId: app.id, tag: `${host}/demo/app:1` },
    ]);
    expect(claims.map((claim) => [claim.reference, claim.proof])).toEqual([
      [reference, 'digest'],
      [`${host}/demo/app:1`, 'registry'],
    ]);
    expect(evidence.describedDigests[0]?.detail).toBe(`registry ${host}`);
  });

  test('by its digest; a tag beside it does not count', async () => {
    const { host, seen } = await serveRegistry({}, [manifest]);
    const { describedDigests } = await ask(`docker://${host}/demo/app:gone@${manifest.digest}`);
    expect(describedDigests).toMatchObject([{ digest: manifest.digest, tag: undefined }]);
    expect(seen.map(({ url }) => url)).toEqual([`/v2/demo/app/manifests/${manifest.digest}`]);
  });
});

test('it asks for every kind of manifest, and for nothing but manifests', async () => {
  let accept: string | undefined;
  const { host, seen } = await serve((request, response, one) => {
    accept = request.headers.accept;
    registryHandler({ 'app:latest': index }, parts)(request, response, one);
  });
  await ask(`docker://${host}/app`);
  expect(accept?.split(', ').sort()).toEqual([
    'application/vnd.docker.distribution.manifest.list.v2+json',
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.oci.image.manifest.v1+json',
  ]);
  expect(seen.every(({ method, url }) => method === 'GET' && url.includes('/manifests/'))).toBe(true);
});

describe('configs', () => {
  const wanted = { withConfigs: true };

  test('are asked for where they are wanted: of an index those of the wanted platforms', async () => {
    const configs = [app, arm, s390].map(({ config }) => config);
    const { host, seen } = await serveRegistry({ 'app:1': index }, [...parts, ...configs]);
    const { configs: found } = await ask(`docker://${host}/app:1`, hereWith([arm]), wanted);
    expect(found).toEqual(new Map([[arm.id, arm.config.bytes]]));
    expect(seen.filter(({ url }) => url.includes('/blobs/')).map(({ url }) => url)).toEqual([
      `/v2/app/blobs/${arm.id}`,
    ]);
  });

  test('one that the registry does not have is told, and the manifest proves what it did', async () => {
    const { host } = await serveRegistry({ 'app:1': index }, parts);
    const { configs, problems, describedDigests } = await ask(
      `docker://${host}/app:1`,
      hereWith([arm]),
      wanted,
    );
    expect(configs?.size).toBe(0);
    expect(problems[0]?.reason).toContain('it has no ');
    expect(describedDigests).toHaveLength(1);
  });

  test('one with other bytes than its digest promises: the registry is not believed', async () => {
    const lie = { ...arm.config, bytes: Buffer.from('{}') };
    const { host } = await serveRegistry({ 'app:1': index }, [...parts, lie]);
    const error = await rejection(ask(`docker://${host}/app:1`, hereWith([arm]), wanted));
    expect(error.message).toContain('it sent bytes that hash to ');
  });
});

describe('an index', () => {
  test('only the manifests of the platforms that are here are asked for, if that is enough', async () => {
    const { host, seen } = await serveRegistry({ 'app:1': index }, parts);
    const evidence = await ask(`docker://${host}/app:1`, hereWith([arm]));
    expect(seen.map(({ url }) => url.split('/').at(-1))).toEqual(['1', arm.manifests.oci.digest]);
    expect(matchEvidence(evidence, hereWith([arm])).matches).toMatchObject([
      { outcome: 'restorable', reference: `${host}/app@${index.digest}`, imageId: arm.id },
    ]);
  });

  test('that names another image than the one that has its tag here: all are asked for, so that it is certain', async () => {
    const { host } = await serveRegistry({ 'app:1': index }, parts);
    const local = hereWith([other], { [`${host}/app:1`]: other });
    const { proofs, matches } = matchEvidence(await ask(`docker://${host}/app:1`, local), local);
    expect(matches).toMatchObject([
      { outcome: 'other-image', other: other.id, proven: [app.id, arm.id, s390.id] },
    ]);
    expect(proofs[0]).toMatchObject({ digest: index.digest, complete: true });
  });

  test('in an index', async () => {
    const outer = blobOf(indexOf([{ digest: index.digest }]));
    const { host } = await serveRegistry({ 'app:1': outer }, [index, ...parts]);
    expect(matchEvidence(await ask(`docker://${host}/app:1`), hereWith([app])).matches).toMatchObject([
      { outcome: 'restorable', reference: `${host}/app@${outer.digest}` },
    ]);
  });

  test('of which the registry does not have all', async () => {
    const { host } = await serveRegistry({ 'app:1': index }, [arm.manifests.oci]);
    const evidence = await ask(`docker://${host}/app:1`);
    expect(evidence.problems[0]?.reason).toContain('it has no');
    const local = hereWith([other], { [`${host}/app:1`]: other });
    expect(matchEvidence(evidence, local).matches).toMatchObject([{ outcome: 'manifest-missing' }]);
  });

  test('of a platform that is wanted though nothing of it is here', async () => {
    const { host } = await serveRegistry({ 'app:1': index }, parts);
    const { manifests } = await ask(`docker://${host}/app:1`, hereWith([]), { platforms: ['linux/arm64'] });
    expect([...manifests.keys()]).toEqual([index.digest, arm.manifests.oci.digest]);
  });

  test('of more manifests than any image has', async () => {
    const many = Array.from({ length: 500 }, (_, one) => ({
      digest: `sha256:${String(one).padStart(64, '0')}`,
    }));
    const { host, seen } = await serveRegistry({ 'app:1': blobOf(indexOf(many)) });
    const { problems } = await ask(`docker://${host}/app:1`);
    expect(seen.length).toBeLessThan(250);
    expect(problems[0]?.reason).toBe('its index names 500 manifests; only the first 100 were looked at');
  });

  test('whose build records nobody asks for', async () => {
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
    const digest = `sha256:${'7'.repeat(64)}`;
    const withRecord = blobOf(indexOf([{ digest: app.manifests.oci.digest }, { digest, annotations }]));
    const { host, seen } = await serveRegistry({ 'app:1': withRecord }, parts);
    await ask(`docker://${host}/app:1`, hereWith([other]));
    expect(seen.some(({ url }) => url.includes(digest))).toBe(false);
  });
});

describe('everything that is here', () => {
  const { digest } = app.manifests.oci;

  test('each tag and digest, of the registry of its name, in order, with progress', async () => {
    const { host } = await serveRegistry({ 'a:1': app.manifests.oci, 'b:1': other.manifests.oci });
    const local = hereWith([app, other], {
      [`${host}/a:1`]: app,
      [`${host}/a@${digest}`]: app,
      [`${host}/b:1`]: other,
      [`${host}/gone:1`]: other,
    });
    const steps: number[] = [];
    const evidence = await ask('docker://', local, {
      onProgress: ({ done }: { done: number }) => steps.push(done),
    });
    expect(evidence.describedDigests.map(({ repository, tag }) => [repository, tag])).toEqual([
      [`${host}/a`, '1'],
      [`${host}/a`, undefined],
      [`${host}/b`, '1'],
    ]);
    expect(evidence.problems).toEqual([
      { path: `docker://${host}/gone:1`, reason: `the registry ${host}: it has no ${host}/gone:1` },
    ]);
    expect(steps).toEqual([0, 1, 2, 3, 4]);
    expect(matchEvidence(evidence, local).matches.map(({ outcome }) => outcome)).toEqual([
      'already-there',
      'restorable',
    ]);
  });

  test('by the names that the registry has for it', async () => {
    const { host } = await serveRegistry({ 'library/alpine:3': app.manifests.oci });
    const local = hereWith([app], { 'alpine:3': app });
    const naming = { map: [parseNameChange(`${host}/=docker.io/`)] };
    const evidence = await ask('docker://', local, { naming });
    expect(matchEvidence(evidence, local, naming).matches).toMatchObject([
      { outcome: 'restorable', reference: `alpine@${digest}`, tag: 'alpine:3' },
    ]);
  });

  /** A registry with the image's manifest under any name, and the most requests that it ever had at one time. */
  async function counting(others: Parameters<typeof registryHandler>[0] = {}) {
    const counts = { underWay: 0, most: 0 };
    const serveOne = registryHandler(others, [app.manifests.oci]);
    const { host } = await serve((request, response, seen) => {
      counts.most = Math.max(counts.most, ++counts.underWay);
      setTimeout(() => {
        counts.underWay--;
        serveOne(request, response, seen);
      }, 2);
    });
    return { host, counts };
  }

  test('hundreds: a few at a time', async () => {
    const { host, counts } = await counting();
    const references = Array.from({ length: 120 }, (_, one) => [`${host}/app${one}@${digest}`, app] as const);
    const { describedDigests } = await ask('docker://', hereWith([app], Object.fromEntries(references)));
    expect(describedDigests).toHaveLength(120);
    expect(counts.most).toBe(6);
  });

  test('an index of dozens: a few at a time', async () => {
    const many = Array.from({ length: 40 }, (_, one) => ({
      digest: `sha256:${String(one).padStart(64, '0')}`,
    }));
    const { host, counts } = await counting({ 'app:1': blobOf(indexOf(many)) });
    const { problems } = await ask(`docker://${host}/app:1`);
    expect(problems).not.toEqual([]);
    expect(counts.most).toBe(6);
  });
});

describe('a registry that lies', () => {
  const manifest = app.manifests.oci;
  const fake = `sha256:${'f'.repeat(64)}`;
  const sends = (bytes: Uint8Array, headers: Record<string, string> = {}): Handler => {
    return (_request, response) => {
      response.writeHead(200, { 'content-type': manifest.mediaType, ...headers });
      response.end(bytes);
    };
  };
  const changed = Buffer.from(manifest.bytes);
  changed[50] = (changed[50] ?? 0) ^ 1;

  test('about the digest of a tag: it is said that it is wrong', async () => {
    const { host } = await serve(sends(manifest.bytes, { 'docker-content-digest': fake }));
    const error = await rejection(ask(`docker://${host}/app:1`));
    expect(error.code).toBe('SOURCE_FAILED');
    expect(error.message).toBe(
      `the registry ${host}: the Docker-Content-Digest that it gives for ${host}/app:1 is not that of its bytes: the bytes that it sent hash to ${manifest.digest}`,
    );
    expect(error.details).toMatchObject({ host, reason: 'lie' });
  });

  test('with a header that is no digest', async () => {
    const { host } = await serve(sends(manifest.bytes, { 'docker-content-digest': 'sha256:abc' }));
    expect((await rejection(ask(`docker://${host}/app:1`))).message).toContain('is no digest');
  });

  test('a header of another algorithm that is right is right', async () => {
    const { createHash } = await import('node:crypto');
    const sha512 = `sha512:${createHash('sha512').update(manifest.bytes).digest('hex')}`;
    const { host } = await serve(sends(manifest.bytes, { 'docker-content-digest': sha512 }));
    expect((await ask(`docker://${host}/app:1`)).describedDigests).toMatchObject([
      { digest: manifest.digest },
    ]);
    expect((await ask(`docker://${host}/app@${sha512}`)).describedDigests).toMatchObject([
      { digest: sha512 },
    ]);
  });

  test('one byte of what was asked for by its digest is changed', async () => {
    const { host } = await serve(sends(changed, { 'docker-content-digest': manifest.digest }));
    const error = await rejection(ask(`docker://${host}/app@${manifest.digest}`));
    expect(error.message).toMatch(/asked for .*, it sent bytes that hash to sha256:/);
    expect(error.details).toMatchObject({ reason: 'lie', asked: manifest.digest });
  });

  test('one byte of a manifest below an index is changed', async () => {
    const { host } = await serve((request, response, seen) => {
      const handler = request.url?.endsWith('/1') ? registryHandler({ 'app:1': index }) : sends(changed);
      handler(request, response, seen);
    });
    expect((await rejection(ask(`docker://${host}/app:1`))).details).toMatchObject({ reason: 'lie' });
  });

  test('an index that points to itself', async () => {
    const self = blobOf(indexOf([{ digest: fake }]));
    const { host, seen } = await serve(sends(self.bytes));
    expect((await rejection(ask(`docker://${host}/app:1`))).details).toMatchObject({ reason: 'lie' });
    expect(seen).toHaveLength(2);
  });

  test('of many, one lie is told, and nothing of it is taken', async () => {
    const { host } = await serve((request, response, seen) => {
      const handler = request.url?.includes('/bad/') ? sends(changed) : registryHandler({}, [manifest]);
      handler(request, response, seen);
    });
    const local = hereWith([app], {
      [`${host}/bad@${manifest.digest}`]: app,
      [`${host}/good@${manifest.digest}`]: app,
    });
    const { describedDigests, problems } = await ask('docker://', local);
    expect(describedDigests.map(({ repository }) => repository)).toEqual([`${host}/good`]);
    expect(problems[0]?.reason).toContain('it sent bytes that hash to');
  });

  test.each([
    ['a body without end', `{"x":"${'y'.repeat(64 * 1024)}`, 'LIMIT_EXCEEDED', 'has more than 4194304 bytes'],
    ['no JSON', 'hello', 'SOURCE_FAILED', 'it is not JSON'],
    ['nesting', '['.repeat(100_000), 'SOURCE_FAILED', 'it is nested too deeply'],
    ['something else', '{}', 'SOURCE_FAILED', 'it names no config'],
  ])('%s', async (name, text, code, message) => {
    const { host } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': manifest.mediaType });
      if (!name.includes('without end')) response.end(text);
      else {
        const more = () => {
          while (!response.destroyed && response.write(text));
        };
        response.on('drain', more);
        more();
      }
    });
    const error = await rejection(ask(`docker://${host}/app:1`));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  test('schema 1', async () => {
    const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
    const { host } = await serve(sends(Buffer.from('{"schemaVersion":1}'), { 'content-type': type }));
    expect((await rejection(ask(`docker://${host}/app:1`))).message).toContain('it is of schema 1');
  });

  test('a body that is packed though nobody asked for that', async () => {
    const { host } = await serve(sends(manifest.bytes, { 'content-encoding': 'gzip' }));
    expect((await rejection(ask(`docker://${host}/app:1`))).message).toContain('comes encoded');
  });
});

test.each(['docker:', 'docker:/x', 'docker://A/', 'docker://a b', `docker://${'a'.repeat(64)}`])(
  '%s is no source',
  (spec) => {
    expect(() => openEvidence(spec)).toThrow();
  },
);
