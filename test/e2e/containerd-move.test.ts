import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Carried, kinds, makeCarried, pushCarried } from './support/carried.ts';
import { Dockerd, everyEngine } from './support/dockerd.ts';
import { refstore, refstoreJson } from './support/refstore.ts';
import { Registry } from './support/registry.ts';

/** 20.10 has no other store than its own. */
const lines = everyEngine.filter((line) => line !== '20.10');

interface Checked {
  readonly findings: readonly { readonly rule: string; readonly reference?: string }[];
}

describe.each(lines)('Docker %s moves to the containerd image store', (line) => {
  let daemon: Dockerd;
  let carried: Carried[];
  let compose: string;

  beforeAll(async () => {
    let registry: Registry;
    [daemon, registry] = await Promise.all([Dockerd.create({ line }), Registry.start()]);
    await daemon.start();
    carried = kinds.map((kind) => makeCarried(kind, registry, 'moved'));
    for (const image of carried) {
      await pushCarried(registry, image);
      await daemon.docker('pull', '--quiet', image.digest);
      await daemon.docker('tag', image.digest, image.tag);
    }
    await registry.stop();
    const services = carried.map(({ digest }, index) => `  s${index}:\n    image: ${digest}\n`);
    compose = join(daemon.folder, 'compose.yaml');
    await writeFile(compose, `services:\n${services.join('')}`);
  });

  afterAll(async () => {
    await daemon?.dispose();
  });

  const check = () => refstoreJson<Checked>(daemon, ['check', '--require', compose]);
  const unresolved = ({ findings }: Checked) =>
    findings.filter(({ rule }) => rule === 'required-unresolved').map(({ reference }) => reference);

  test('before it every digest resolves; after it and a load of what was saved, none does', async () => {
    expect(unresolved((await check()).document)).toEqual([]);
    const before = await refstoreJson<Checked>(daemon, ['check', '--for', 'containerd']);
    expect(before.document.findings.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['move-digests', 'move-blocked']),
    );
    const archive = join(daemon.folder, 'saved.tar');
    await daemon.docker('save', '--output', archive, ...carried.map(({ tag }) => tag));
    await daemon.stop();
    await writeFile(
      join(daemon.folder, 'daemon.json'),
      JSON.stringify({ features: { 'containerd-snapshotter': true } }),
    );
    await daemon.start();
    await daemon.docker('load', '--quiet', '--input', archive);
    const { status, document } = await check();
    expect(status).toBe(1);
    expect(unresolved(document).sort()).toEqual(carried.map(({ digest }) => digest).sort());
  });

  test('content: has what the daemon kept of its pulls, and gives every digest back', async () => {
    const restored = await refstoreJson(daemon, ['digests', 'restore', '--yes', '--from=content:']);
    expect(restored).toMatchObject({ status: 0, document: { changed: true, restart: null } });
    expect(unresolved((await check()).document)).toEqual([]);
    const digests = carried.map(({ digest }) => digest);
    const verified = await refstore(daemon, ['verify', '--strict', ...digests, '--against=content:']);
    expect(verified).toMatchObject({ status: 0 });
    for (const { digest, greeting } of carried) {
      expect(await daemon.docker('run', '--rm', '--network=none', digest)).toBe(greeting);
    }
  });

  test('its content store is exported, with the daemon stopped too', async () => {
    const wanted = carried.map(({ digest }) => digest).sort();
    const references = (text: string) =>
      (JSON.parse(text) as { digests: { reference: string }[] }).digests.map(({ reference }) => reference);
    const running = await refstore(daemon, ['digests', 'export']);
    expect(references(running.stdout)).toEqual(expect.arrayContaining(wanted));
    await daemon.stop();
    const content = ['digests', 'export', '--from=content:', '--data-root', daemon.root];
    const stopped = await refstore(daemon, content);
    expect(references(stopped.stdout)).toEqual(expect.arrayContaining(wanted));
    await daemon.start();
  });
});
