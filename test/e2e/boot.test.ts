import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerArchive, makeImage } from './support/images.ts';
import { program } from './support/refstore.ts';
import { until } from './support/run.ts';
import { SystemdHost } from './support/systemd-host.ts';
import { project } from './support/workplace.ts';

/** docs/boot.md, on a host with a real systemd: the file is emptied, the host boots, the names are back. */

const image = makeImage('boot');
let host: SystemdHost;

beforeAll(async () => {
  host = await SystemdHost.boot();
  const archive = await host.file('boot.tar', dockerArchive(image, ['team/boot:1']));
  await host.sh(`docker load --quiet --input ${archive} && docker create --name web team/boot:1`);
});

afterAll(async () => {
  await host?.dispose();
});

async function store(): Promise<string> {
  const [driver = ''] = await readdir(join(host.dataRoot, 'image'));
  return join(host.dataRoot, 'image', driver, 'repositories.json');
}

const starts = () =>
  until('docker.service', async () => ((await host.run('docker', ['info'])).status === 0 ? true : undefined));

const documented = () => readFile(join(project, 'docs/examples/refstore.conf'), 'utf8');

/** Nothing is installed on this host: the command is where the project was built. */
async function installed(): Promise<string> {
  const text = await documented();
  const dropIn = text.replace('/usr/bin/env refstore', `/usr/bin/env node ${program}`);
  expect(dropIn).not.toBe(text);
  return dropIn;
}

test('the drop-in of the docs: file emptied, host booted, daemon up, names back', async () => {
  expect(await readFile(join(project, 'docs/boot.md'), 'utf8')).toContain(await documented());
  const dropIn = await installed();

  await host.down();
  await host.dropIn('refstore.conf', dropIn);
  const file = await store();
  const before = await readFile(file, 'utf8');
  expect(before).toContain('team/boot:1');
  await writeFile(file, '');
  await host.up();
  await starts();
  expect(await host.sh('docker image inspect --format {{.Id}} team/boot:1')).toBe(`${image.id}\n`);
  expect(await readFile(file, 'utf8')).toBe(before);
  expect(await host.sh('journalctl --boot --unit=docker.service --no-pager')).toContain('written to');
});

test('a sound file is left alone at the next boot', async () => {
  await host.down();
  const file = await store();
  const backups = await readdir(`${file}.backups`);
  await host.up();
  await starts();
  expect(await readdir(`${file}.backups`)).toEqual(backups);
});

test('where an image would be left to the next prune, the drop-in writes nothing; with --rescue-tags Docker starts and keeps it', async () => {
  const other = makeImage('loaded and never run');
  const archive = await host.file('other.tar', dockerArchive(other, ['team/other:1']));
  await host.sh(`docker load --quiet --input ${archive}`);
  await host.sh('systemctl stop docker.socket docker.service');
  const file = await store();
  const sound = await readFile(file);
  await writeFile(file, '');
  expect((await host.run('systemctl', ['start', 'docker.service'])).status).not.toBe(0);
  expect(await readFile(file, 'utf8')).toBe('');
  const journal = await host.sh('journalctl --boot --unit=docker.service --no-pager');
  expect(journal).toContain('1 of 2 images gets no tag back');
  expect(journal).toContain(`${other.id.slice(0, 19)}; `);
  await host.sh('systemctl stop docker.socket docker.service; systemctl reset-failed docker.service');

  await host.dropIn('refstore.conf', (await installed()).replace('--yes', '--yes --rescue-tags'));
  await host.sh('systemctl daemon-reload && systemctl start docker.socket docker.service');
  await host.sh('docker image prune --force');
  const tag = `refstore-rescued:${other.id.slice(7, 19)}`;
  expect(await host.sh(`docker image inspect --format {{.Id}} ${tag}`)).toBe(`${other.id}\n`);
  expect(await host.sh('docker image inspect --format {{.Id}} team/boot:1')).toBe(`${image.id}\n`);
  await host.sh(`docker tag ${tag} team/other:1 && docker rmi ${tag}`);
  expect(await readFile(file)).toEqual(sound);
});

test('what cannot be mended does not keep systemd from trying to start the daemon', async () => {
  await host.sh('systemctl stop docker.socket docker.service');
  const file = await store();
  const sound = await readFile(file);
  await host.sh(
    `rm /var/lib/docker/image/*/repositories.json && mkdir /var/lib/docker/image/$(ls /var/lib/docker/image)/repositories.json`,
  );
  await host.run('systemctl', ['start', 'docker.service']);
  const journal = await host.sh('journalctl --boot --unit=docker.service --no-pager');
  expect(journal).toMatch(/reference store repository[^\n]*is a directory/);
  await host.sh(
    'systemctl stop docker.socket docker.service; rmdir /var/lib/docker/image/*/repositories.json',
  );
  await writeFile(file, sound, { mode: 0o600 });
  await host.sh('systemctl reset-failed docker.service; systemctl start docker.socket docker.service');
  expect(await host.sh('docker image inspect --format {{.Id}} team/boot:1')).toBe(`${image.id}\n`);
});
