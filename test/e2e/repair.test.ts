import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Dockerd, engineLines } from './support/dockerd.ts';
import { makeImage } from './support/images.ts';
import { refstore, refstoreJson } from './support/refstore.ts';
import { Registry } from './support/registry.ts';

const app = makeImage('the app runs');
const tool = makeImage('the tool runs');

interface Repaired {
  readonly changed: boolean;
  readonly effective: boolean;
  readonly findings: readonly { readonly rule: string; readonly severity: string }[];
  readonly remaining: readonly { readonly rule: string; readonly severity: string }[];
}

describe.each(engineLines)('engine %s', (line) => {
  let daemon: Dockerd;
  let file: string;
  /** What was pulled, by digest, and the tag under which a container was made. */
  let digest: string;
  let tag: string;
  let healthy: Buffer;

  beforeAll(async () => {
    const registry = await Registry.start();
    daemon = await Dockerd.create({ line });
    await daemon.start();
    digest = `${registry.name}/team/app@${await registry.push('team/app', app, 'oci', '1.0')}`;
    tag = `${registry.name}/team/app:1.0`;
    await daemon.docker('pull', '--quiet', tag);
    await daemon.load(tool, 'tool:1');
    await daemon.docker('create', '--name', 'web', tag);
    // From here on nothing can be asked but this host.
    await registry.stop();
    await daemon.stop();
    file = await daemon.repositoriesFile();
    healthy = await readFile(file);
  });

  afterAll(async () => {
    await daemon?.dispose();
  });

  const repair = (...options: string[]) =>
    refstoreJson<Repaired>(daemon, [
      'repair',
      '--yes',
      `--data-root=${daemon.root}`,
      '--restart',
      '--manager=command',
      `--stop-command=${daemon.command('stop')}`,
      `--start-command=${daemon.command('start')}`,
      ...options,
    ]);

  test('emptied, and one image of two can be proven: unattended nothing is written, and it says what the other is', async () => {
    await writeFile(file, '');
    expect(await daemon.tryStart()).toBe(false);
    const { status, document } = await repair();
    expect({ status, document }).toMatchObject({
      status: 3,
      document: {
        changed: false,
        withheld: 'file-empty',
        prunable: [tool.id],
        loss: { images: [{ imageId: tool.id, created: expect.anything(), size: expect.any(Number) }] },
      },
    });
    expect((await readFile(file)).length).toBe(0);
    expect(await daemon.tryStart()).toBe(false);
  });

  test('with rescue tags: the daemon is up, the digest runs with no registry, and a prune takes no image', async () => {
    const { status, document } = await repair('--rescue-tags');
    expect({ status, document }).toMatchObject({ status: 0, document: { changed: true, effective: true } });
    expect(document.findings[0]).toMatchObject({ rule: 'file-empty', severity: 'fatal' });
    expect(await daemon.docker('run', '--rm', '--network=none', digest)).toBe('the app runs\n');
    expect((await daemon.inspect(tag)).Id).toBe(app.id);
    // Loaded, and never run: nothing on this host can tell its name, so none is invented.
    const rescued = `refstore-rescued:${tool.id.slice(7, 19)}`;
    await daemon.docker('image', 'prune', '--force');
    expect((await daemon.inspect(rescued)).Id).toBe(tool.id);
    expect((await daemon.inspect(digest)).Id).toBe(app.id);
  });

  test('a second repair has nothing to do, and does not restart the daemon', async () => {
    const pid = await readFile(daemon.pidFile, 'utf8');
    const { status, document } = await repair();
    expect({ status, document }).toMatchObject({ status: 0, document: { changed: false } });
    expect(await readFile(daemon.pidFile, 'utf8')).toBe(pid);
  });

  test('the broken file is in the backups, and so is what a backup names', async () => {
    await daemon.stop();
    await writeFile(file, healthy);
    const { status } = await refstore(daemon, [
      `--data-root=${daemon.root}`,
      'tag',
      'tool:1',
      'tool:2',
      '--yes',
    ]);
    expect(status).toBe(0);
    const { document } = await refstoreJson<{ backups: { id: string; size: number }[] }>(daemon, [
      `--data-root=${daemon.root}`,
      'backups',
    ]);
    expect(document.backups.map(({ size }) => size)).toContain(0);
    const [newest] = document.backups;

    await writeFile(file, healthy.subarray(0, 30));
    const repaired = await repair(`--from=backup:${newest?.id}`);
    expect(repaired).toMatchObject({ status: 0, document: { changed: true, effective: true } });
    expect((await daemon.inspect('tool:1')).Id).toBe(tool.id);
  });

  test('a ghost digest is removed only when that is asked for, and then can be added again', async () => {
    const ghost = `team/gone@sha256:${'e'.repeat(64)}`;
    await daemon.stop();
    const { Repositories: content } = JSON.parse(await readFile(file, 'utf8')) as {
      Repositories: Record<string, Record<string, string>>;
    };
    content['team/gone'] = { [ghost]: `sha256:${'0'.repeat(64)}` };
    await writeFile(file, JSON.stringify({ Repositories: content }));

    const kept = await repair();
    expect(kept.status).toBe(1);
    expect(kept.document.remaining).toContainEqual(
      expect.objectContaining({ rule: 'ghost-digest', reference: ghost }),
    );
    expect(await readFile(file, 'utf8')).toContain(ghost);

    const removed = await repair('--lossy=ghost-digest');
    expect(removed).toMatchObject({ status: 0, document: { changed: true, effective: true } });
    expect(await readFile(file, 'utf8')).not.toContain(ghost);
  });
});
