import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { version } from '../../../src/version.ts';
import { built, project, runNode } from '../../support/built.ts';
import { noDaemon } from '../../support/cli.ts';
import { cliStore, healthy, idA, repositories } from '../../support/cli-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Whether a process has a handler for a signal (proc(5), SigCgt). */
function catches(pid: number | undefined, signal: number): boolean {
  const [, mask = '0'] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

const refstore = () => built('bin/refstore.js');
const plugin = () => built('bin/docker-refstore.js');

test('the bins of the package are there, and can be executed', () => {
  const { bin } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  expect(bin).toEqual({
    refstore: 'dist/bin/refstore.js',
    'docker-refstore': 'dist/bin/docker-refstore.js',
  });
  for (const path of [refstore(), plugin()]) {
    expect(readFileSync(path, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(path).mode & 0o111).toBe(0o111);
  }
});

describe('refstore', () => {
  test('prints, and exits with the status', async () => {
    const { at } = await cliStore();
    expect(runNode([refstore(), '--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    expect(runNode([refstore(), ...at, 'resolve', '-q', 'alpine:3.20'])).toEqual({
      status: 0,
      stdout: `${idA}\n`,
      stderr: '',
    });
    expect(runNode([refstore(), ...at, 'resolve', 'nothing'])).toMatchObject({ status: 1, stdout: '' });
    expect(runNode([refstore(), 'xyzzy'])).toMatchObject({ status: 2, stdout: '' });
  });

  test('says in one sentence that Node is too old', () => {
    const older = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } })`;
    expect(runNode(['--import', older, refstore(), 'ls'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'refstore: Node 20.19 or newer is needed, this is 20.18.3\n',
    });
  });

  test('reads a patch from a pipe, and writes it', async () => {
    const store = await cliStore();
    const input = JSON.stringify({
      schema: 'docker-refstore/patch/v1',
      operations: [{ op: 'remove', reference: 'app:1' }],
    });
    expect(runNode([refstore(), ...store.at, 'patch', '--yes', '-'], { input })).toMatchObject({ status: 0 });
    expect(await store.content()).not.toContain('app');
    expect(healthy).toContain('app');
  });

  test('prints all of a large result into a slow pipe, and is quiet when the reader goes away', async () => {
    const tags = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`a:${n}`, idA]));
    const { at } = await cliStore(repositories({ a: tags }));
    const { status, stdout } = runNode([refstore(), ...at, 'ls', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ references: { length: 20_000 } });

    const child = spawn(process.execPath, [refstore(), ...at, 'ls'], { env: { ...noDaemon }, stdio: 'pipe' });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code, signal] = await once(child, 'close');
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  });

  test('an interrupted read from standard input ends with the status of the signal, and says so', async () => {
    const { at, content } = await cliStore();
    const child = spawn(process.execPath, [refstore(), ...at, '--verbose', 'patch', '--yes', '-'], {
      env: { ...noDaemon },
      stdio: 'pipe',
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    // SIGHUP is the last that gets a handler of ours; SIGINT has one of Node's from the beginning.
    await vi.waitFor(() => expect(catches(child.pid, 1)).toBe(true), { timeout: 30_000 });
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('refstore: interrupted'),
    });
    expect(await content()).toBe(healthy);
  });
});

describe('docker-refstore', () => {
  test('tells the docker CLI what it is', () => {
    const { status, stdout } = runNode([plugin(), 'docker-cli-plugin-metadata']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      SchemaVersion: '0.1.0',
      Vendor: 'docker-refstore',
      Version: version,
      ShortDescription: expect.any(String),
    });
  });

  test('answers as docker refstore, and by itself as refstore', async () => {
    const { at } = await cliStore();
    expect(runNode([plugin(), 'refstore', ...at, 'resolve', '-q', 'alpine:3.20']).stdout).toBe(`${idA}\n`);
    expect(runNode([plugin(), ...at, 'resolve', '-q', 'alpine:3.20']).stdout).toBe(`${idA}\n`);
    expect(runNode([plugin(), 'refstore', 'resolve']).stderr).toMatch(
      /^docker refstore: resolve needs REF\n/,
    );
    expect(runNode([plugin(), 'resolve']).stderr).toMatch(/^docker-refstore: resolve needs REF\n/);
  });

  test('works through a link, as plugins are installed', async () => {
    const folder = join(await temporaryFolder(), 'cli-plugins');
    await mkdir(folder);
    await symlink(plugin(), join(folder, 'docker-refstore'));
    expect(runNode([join(folder, 'docker-refstore'), 'refstore', '--version']).stdout).toBe(`${version}\n`);
  });

  test("takes docker's own --host", () => {
    const { stderr } = runNode(
      [plugin(), '--host', 'unix:///other/d.sock', 'refstore', 'diff', '-', 'live'],
      {
        input: healthy,
      },
    );
    expect(stderr).toContain('unix:///other/d.sock: there is no socket');
  });
});
