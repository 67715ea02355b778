import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, digestB, healthy, idA, idB, repositories } from '../../support/cli-store.ts';
import { sha256 } from '../../support/data-root.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';

const schema = 'docker-refstore/patch/v1';
const reference = `app@${digestB}`;
const patched = repositories({
  alpine: { 'alpine:3.20': idA, [`alpine@sha256:${'1'.repeat(64)}`]: idA },
  app: { 'app:1': idB, [reference]: idB },
});
const adding = (image = idB, more: object = {}): string =>
  JSON.stringify({ schema, ...more, operations: [{ op: 'add', reference, image }] });

describe('on a data root without a daemon', () => {
  test('shows the plan, writes, and says what became of it', async () => {
    const store = await cliStore();
    const { status, stdout, stderr } = await cli([...store.at, 'patch', '-', '--yes'], { input: adding() });
    expect({ status, stderr }).toEqual({ status: 0, stderr: `${store.file}:\n+ ${reference}  ${idB}\n` });
    expect(stdout).toMatch(
      new RegExp(
        `^written to ${store.file}: 1 added\nbackup of the old file: \\S+\nno daemon uses ${store.dataRoot}: .*\n$`,
      ),
    );
    expect(await store.content()).toBe(patched);
    expect(await store.beside()).toEqual(['imagedb', 'repositories.json.backups']);
  });

  test('--json tells the same to a program', async () => {
    const store = await cliStore();
    const { status, document } = await cliJson([...store.at, 'patch', '-', '--yes'], { input: adding() });
    expect({ status, document }).toEqual({
      status: 0,
      document: {
        schema: 'docker-refstore/write/v1',
        file: store.file,
        changed: true,
        dryRun: false,
        changes: [{ op: 'add', repository: 'app', reference, image: idB }],
        sha256: { before: sha256(healthy), after: sha256(patched) },
        backup: expect.objectContaining({ sha256: sha256(healthy) }),
        effective: true,
        reason: expect.stringContaining('no daemon uses'),
        live: null,
        restart: null,
      },
    });
  });

  test('a second time there is nothing to change', async () => {
    const store = await cliStore(patched);
    expect(await cli([...store.at, 'patch', '-'], { input: adding() })).toEqual({
      status: 0,
      stdout: 'nothing to change\n',
      stderr: '',
    });
    expect(await store.beside()).toEqual(['imagedb']);
  });

  test('--dry-run shows the plan and writes nothing', async () => {
    const store = await cliStore();
    expect(await cli([...store.at, 'patch', '-', '--dry-run'], { input: adding() })).toEqual({
      status: 0,
      stdout: 'would be written: 1 added\n',
      stderr: `${store.file}:\n+ ${reference}  ${idB}\n`,
    });
    expect(await store.content()).toBe(healthy);
    expect(await store.beside()).toEqual(['imagedb']);
  });

  test('--out writes the patch against these very bytes, and does not apply it', async () => {
    const store = await cliStore();
    const out = join(store.dataRoot, 'out.json');
    expect(await cli([...store.at, 'patch', '-', '--out', out], { input: adding() })).toMatchObject({
      status: 0,
    });
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual({
      schema,
      base: { sha256: sha256(healthy) },
      operations: [{ op: 'add', reference, image: idB }],
    });
    expect(await store.content()).toBe(healthy);
    expect(await cli([...store.at, 'patch', out, '--yes'])).toMatchObject({ status: 0 });
    expect(await cli([...store.at, 'patch', out, '--yes'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('is not what the patch was made for'),
    });
  });

  test('a name of an image that is not there is refused, unless --allow-ghosts', async () => {
    const store = await cliStore();
    const missing = `sha256:${'9'.repeat(64)}`;
    const { status, document } = await cliJson([...store.at, 'patch', '-', '--yes'], {
      input: adding(missing),
    });
    expect({ status, document }).toMatchObject({
      status: 3,
      document: { error: { code: 'UNPROVEN_DIGEST' } },
    });
    expect(await store.content()).toBe(healthy);
    const tag = JSON.stringify({ schema, operations: [{ op: 'add', reference: 'ghost:1', image: missing }] });
    expect(await cliJson([...store.at, 'patch', '-', '--yes'], { input: tag })).toMatchObject({
      status: 3,
      document: { error: { code: 'REFERENCE_NOT_FOUND' } },
    });
    expect(await store.content()).toBe(healthy);
    const allowed = ['patch', '-', '--yes', '--allow-ghosts'];
    expect(await cli([...store.at, ...allowed], { input: tag })).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(
        `warning: ghost:1 will not be found by Docker: there is no image ${missing}`,
      ),
    });
  });
});

describe('the question', () => {
  test.each(['y\n', 'yes\n', 'Y\n'])('%j writes', async (answer) => {
    const store = await cliStore();
    await writeFile(join(store.dataRoot, 'p.json'), adding());
    const { status, stderr } = await cli([...store.at, 'patch', join(store.dataRoot, 'p.json')], {
      columns: 200,
      input: answer,
    });
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('Go on? [y/N]') });
    expect(await store.content()).toBe(patched);
  });

  test.each(['n\n', '\n', 'yikes\n', ''])('%j does not', async (answer) => {
    const store = await cliStore();
    await writeFile(join(store.dataRoot, 'p.json'), adding());
    const { status, stderr } = await cli([...store.at, 'patch', join(store.dataRoot, 'p.json')], {
      columns: 200,
      input: answer,
    });
    expect({ status, stderr }).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('nothing was changed'),
    });
    expect(await store.content()).toBe(healthy);
  });

  test('cannot be asked without a terminal', async () => {
    const store = await cliStore();
    const { status, stderr } = await cli([...store.at, 'patch', '-'], { input: adding() });
    expect(status).toBe(2);
    expect(stderr).toContain('refstore: nothing was changed: there is no terminal to ask on\n  add --yes');
    expect(await store.content()).toBe(healthy);
  });
});

describe('with a daemon', () => {
  const start = () => FakeDaemon.start(healthy, [idA, idB]);
  const at = (daemon: FakeDaemon) => ['--data-root', daemon.dataRoot, '--host', daemon.host];
  const byCommand = (daemon: FakeDaemon) => [
    `--stop-command=${daemon.stopCommand}`,
    `--start-command=${daemon.startCommand}`,
    '--timeout=20',
  ];

  test('that runs, and no strategy: refused, status 3, with the two ways, before anything is asked', async () => {
    const daemon = await start();
    const { status, stdout, stderr } = await cli([...at(daemon), 'patch', '-', '--yes'], { input: adding() });
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toMatch(/refstore: a daemon uses .*\n {2}.*--restart=stop-start.*--restart=restart/);
    expect(await daemon.content()).toBe(healthy);
  });

  test.each(['stop-start', 'restart'])('--restart=%s: shown, done, verified', async (strategy) => {
    const daemon = await start();
    const args = [...at(daemon), 'patch', '-', '--yes', `--restart=${strategy}`, ...byCommand(daemon)];
    const { status, stdout, stderr } = await cli(args, { input: adding() });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const [first, second] =
      strategy === 'stop-start'
        ? [daemon.stopCommand, '(write the file)']
        : ['(write the file)', daemon.stopCommand];
    expect(stderr).toContain(
      `the daemon is restarted (command); in this order:\n    ${first}\n    ${second}\n    ${daemon.startCommand}\nno container is running\n`,
    );
    expect(stdout).toMatch(/the daemon was down for \d+\.\d\d s\nthe daemon was restarted, and has it\n$/);
    expect(await daemon.content()).toBe(patched);
    const live = await cli([...at(daemon), 'diff', 'disk', 'live']);
    expect(live).toEqual({ status: 0, stdout: '', stderr: 'no difference\n' });
  });

  test('--restart=none: written under its eyes, with a warning', async () => {
    const daemon = await start();
    const { status, document, stderr } = await cliJson(
      [...at(daemon), 'patch', '-', '--yes', '--restart=none'],
      {
        input: adding(),
      },
    );
    expect({ status, document }).toMatchObject({ status: 0, document: { changed: true, effective: false } });
    expect(stderr).toContain('warning: a daemon runs and is not restarted');
    expect(await cli([...at(daemon), 'diff', 'disk', 'live'])).toMatchObject({
      status: 1,
      stdout: `- ${reference}  ${idB}\n`,
    });
    expect((await cliJson([...at(daemon), 'status'])).document).toMatchObject({
      restartPending: true,
      differences: 1,
    });
  });

  test('what is there already, in the file and not in the daemon: a restart is pending', async () => {
    const daemon = await start();
    await writeFile(daemon.file, patched);
    expect(await cli([...at(daemon), 'patch', '-'], { input: adding() })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^nothing to change\na restart is pending: the daemon was not restarted/),
    });
  });

  test('a rollback says whether the daemon will see it', async () => {
    const daemon = await start();
    await cli([...at(daemon), 'patch', '--yes', '--restart=none', '-'], { input: adding() });
    const { document } = await cliJson([...at(daemon), 'backups']);
    const [{ id } = { id: '' }] = (document as { backups: { id: string }[] }).backups;
    const { status, stdout } = await cli([...at(daemon), 'rollback', '--yes', '--restart=none', id]);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringContaining('the daemon was not restarted: it reads the file at its next start'),
    });
  });

  test('a dry run shows what would be run, and runs nothing', async () => {
    const daemon = await start();
    const pid = await daemon.pid();
    const args = [...at(daemon), 'patch', '-', '--dry-run', '--restart', ...byCommand(daemon)];
    const { status, stderr } = await cli(args, { input: adding() });
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(daemon.stopCommand),
    });
    expect(await daemon.pid()).toBe(pid);
    expect(await daemon.content()).toBe(healthy);
  });

  test('that does not come back: the old bytes are there, status 6, and the message says so', async () => {
    const daemon = await FakeDaemon.start(healthy, [idA, idB], { failOn: reference });
    const args = [...at(daemon), 'patch', '-', '--yes', '--restart', ...byCommand(daemon), '--timeout=3'];
    const { status, document, stderr } = await cliJson(args, { input: adding() });
    expect({ status, document }).toMatchObject({
      status: 6,
      document: { error: { code: 'RESTART_FAILED' } },
    });
    expect(stderr).toContain('was put back, and the daemon is up again');
    expect(await daemon.content()).toBe(healthy);
    expect(await daemon.isUp()).toBe(true);
  });

  test('of the containerd image store: refused, status 3', async () => {
    const daemon = await FakeDaemon.start(healthy, [idA, idB], { containerd: true });
    const { status, document } = await cliJson([...at(daemon), 'patch', '-', '--yes', '--restart'], {
      input: adding(),
    });
    expect({ status, document }).toMatchObject({
      status: 3,
      document: { error: { code: 'CONTAINERD_IMAGE_STORE' } },
    });
    expect(await daemon.content()).toBe(healthy);
  });

  test('on another host: it is not restarted from here', async () => {
    const store = await cliStore();
    const { status, stderr } = await cli(
      [...store.at, '--host', 'tcp://192.0.2.1:2375', 'patch', '-', '--yes', '--restart'],
      { input: adding() },
    );
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is not on this host'),
    });
  });
});
