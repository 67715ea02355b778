import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CommandManager } from '../../../src/engine/managers/command.ts';
import { rejection } from '../../support/rejection.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('the commands are run by sh as they were written, in order', async () => {
  const log = join(await temporaryFolder(), 'log');
  const manager = new CommandManager({ stop: `echo "a  'b'" >>${log}`, start: `echo $((1+1)) >>${log}` });
  expect(manager.plan('restart')).toEqual([...manager.plan('stop'), ...manager.plan('start')]);
  await manager.restart();
  expect(await readFile(log, 'utf8')).toBe("a  'b'\n2\n");
});

test('a restart command is preferred to stop and start', async () => {
  const manager = new CommandManager({ stop: 'exit 1', start: 'exit 1', restart: 'echo again' });
  expect(manager.plan('restart')).toEqual(['echo again']);
  await manager.restart();
  expect(await manager.log()).toEqual(['again']);
});

test.each(['stop', 'start', 'restart'] as const)('a %s that was not given', async (action) => {
  const manager = new CommandManager({});
  expect(manager.can(action)).toBe(false);
  const error = await rejection(manager[action]());
  expect(error.code).toBe('USAGE');
  expect(error.hint).toMatch(/^give it: --(?:stop|start)-command CMD$/);
});

test('what is enough for what', () => {
  expect(new CommandManager({ stop: 'x', start: 'x' }).can('restart')).toBe(true);
  expect(new CommandManager({ restart: 'x' }).can('restart')).toBe(true);
  expect(new CommandManager({ restart: 'x' }).can('stop')).toBe(false);
  expect(new CommandManager({ stop: 'x' }).can('restart')).toBe(false);
});

test('a command that fails, ends by a signal or takes too long', async () => {
  const failure = async (start: string) =>
    (await rejection(new CommandManager({ start }).start({ timeoutMs: 200 }))).message;
  expect(await failure('echo one; echo two >&2; exit 3')).toMatch(/failed: it exited with status 3: two$/);
  expect(await failure('kill -9 $$')).toMatch(/failed: it was ended by SIGKILL$/);
  expect(await failure('exec sleep 600')).toMatch(/failed: it did not end within 0.2 s$/);
});

test.each([
  ['start', '/nowhere/start-docker --now', 'there is no program "/nowhere/start-docker"'],
  ['start', 'start-docker-that-is-not-there', 'there is no program "start-docker-that-is-not-there"'],
  ['stop', 'nowhere/stop; true', 'there is no program "nowhere/stop"'],
  ['restart', "echo 'open", 'Unterminated quoted string'],
])('a command to %s that cannot run is found before it is run: %s', async (action, command, why) => {
  const manager = new CommandManager({ stop: 'true', start: 'true', [action]: command });
  const error = await rejection(manager.refresh());
  expect(error).toMatchObject({ code: 'USAGE', hint: `nothing was changed; correct --${action}-command` });
  expect(error.message).toContain(`the command to ${action} the daemon cannot run: `);
  expect(error.message).toContain(why);
});

test('what only the shell knows is no reason to refuse a command', async () => {
  const commands = [
    'cd / && ls',
    '{ true; }',
    '(exit 1)',
    'A=b $C',
    '"a b" c',
    'if true; then false; fi',
    '',
  ];
  for (const start of commands) await new CommandManager({ stop: 'true', start }).refresh();
});
