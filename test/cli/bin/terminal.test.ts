import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { built } from '../../support/built.ts';
import { noDaemon } from '../../support/cli.ts';
import { cliStore, healthy, idA } from '../../support/cli-store.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';
import { idB, oneTag, idA as tagged } from '../../support/store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

interface Terminal {
  readonly script: ChildProcess;
  shown(): string;
  /** The exit status of the command, as soon as it has ended. */
  status(): Promise<number>;
}

/** Runs refstore at a terminal of its own, that of script(1). */
async function atTerminal(args: readonly string[]): Promise<Terminal> {
  const statusFile = join(await temporaryFolder(), 'status');
  const words = [process.execPath, built('bin/refstore.js'), ...args].map((word) => `'${word}'`);
  // As a login shell, this one gets SIGHUP when the terminal hangs up, and hands it on; it says how the command ended.
  const command = `exec 3<&0; ${words.join(' ')} <&3 & pid=$!; hangup=0
    trap 'kill -HUP $pid; hangup=1' HUP
    wait $pid; status=$?; if [ $hangup = 1 ]; then wait $pid; status=$?; fi; echo $status >'${statusFile}'`;
  const script = spawn('script', ['--quiet', '--command', command, '/dev/null'], {
    env: { ...noDaemon, PATH: process.env['PATH'], SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void script.kill('SIGKILL'));
  let shown = '';
  script.stdout?.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const read = async () => (existsSync(statusFile) ? await readFile(statusFile, 'utf8') : '');
  return {
    script,
    shown: () => shown,
    async status() {
      await vi.waitFor(async () => expect(await read()).toMatch(/\n$/), { timeout: 60_000, interval: 20 });
      return Number(await read());
    },
  };
}

async function shows(terminal: Terminal, text: string | RegExp): Promise<void> {
  await vi.waitFor(() => expect(terminal.shown()).toMatch(text), { timeout: 60_000, interval: 5 });
}

test('Ctrl-C at the question: the status of SIGINT, and nothing is changed', async () => {
  const { at, content } = await cliStore();
  const terminal = await atTerminal([...at, 'tag', idA, 'b:1']);
  await shows(terminal, 'Go on?');
  terminal.script.stdin?.write('\x03');
  expect(await terminal.status()).toBe(130);
  await shows(terminal, 'nothing was changed: interrupted');
  expect(await content()).toBe(healthy);
});

test.each([
  ['y\r', 0],
  ['n\r', 3],
  ['\x04', 3],
])('the answer %j', async (answer, status) => {
  const { at, content } = await cliStore();
  const terminal = await atTerminal([...at, 'tag', idA, 'b:1']);
  await shows(terminal, 'Go on?');
  terminal.script.stdin?.write(answer);
  expect(await terminal.status()).toBe(status);
  expect((await content()).includes('b:1')).toBe(status === 0);
});

test.each(['stopping', 'starting'])(
  'the terminal is lost while --restart is %s: Docker is up and has what the file says',
  async (stage) => {
    const daemon = await FakeDaemon.start(oneTag, [tagged, idB], { stopMs: 300 });
    const terminal = await atTerminal([
      ...['--data-root', daemon.dataRoot, '--host', daemon.host, '--verbose', 'tag', idB, 'b:1', '--yes'],
      ...['--restart', '--manager=pidfile', `--pid-file=${daemon.pidFile}`],
    ]);
    await shows(terminal, new RegExp(`^${stage}\\r?$`, 'm'));
    terminal.script.kill('SIGKILL');
    await once(terminal.script, 'exit');
    expect(await terminal.status()).toBe(129);
    expect(await daemon.isUp()).toBe(true);
    const isWritten = (await daemon.content()).includes('b:1');
    expect((await daemon.engine.inspectImage('b:1'))?.id).toBe(isWritten ? idB : undefined);
  },
);
