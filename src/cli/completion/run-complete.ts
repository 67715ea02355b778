import { Writable } from 'node:stream';
import { escapeText } from '../../util/escape.ts';
import type { RunOptions } from '../framework/command.ts';
import { Output } from '../framework/output.ts';
import { parseCommand } from '../framework/parse.ts';
import type { Environment, Streams } from '../framework/streams.ts';
import { CriticalSection } from '../interrupt.ts';

import { slotAt } from './complete.ts';
import { type Completion, completeValue, directive } from './values.ts';

/** The name under which shells, and the docker CLI for its plugins, ask for candidates (spf13/cobra v1.9.1). */
export const completeCommand = '__complete';

/**
 * Prints the candidates for the last word, one a line with a tab before its summary, then `:` and the directive:
 * what cobra's programs print, so that docker's own completion passes ours on.
 * @param words all that follows the program's name; the last one is being typed
 * @returns 0: a shell has no use for an error in the middle of a line
 */
export async function runComplete(
  words: readonly string[],
  streams: Streams,
  env: Environment,
  options: RunOptions,
): Promise<number> {
  const out = new Output(streams, env, { json: false, quiet: false, verbose: false, color: 'never' });
  try {
    const { candidates, directive: number } = await complete(words, streams, env, options);
    const lines = candidates.map(({ value, summary }) => {
      return summary === undefined ? escapeText(value) : `${escapeText(value)}\t${escapeText(summary)}`;
    });
    await out.print(`${[...lines, `:${number}`].join('\n')}\n`);
    return 0;
  } finally {
    out.close();
  }
}

async function complete(
  words: readonly string[],
  { stdin }: Streams,
  env: Environment,
  { program = 'refstore', signal }: RunOptions,
): Promise<Completion> {
  const slot = await slotAt(words);
  if (slot.kind === 'words') return { candidates: slot.candidates, directive: directive.noFiles };
  if (slot.kind === 'nothing') return { candidates: [], directive: directive.noFiles };
  const streams = { stdin, stdout: nowhere, stderr: nowhere };
  const globals = await globalsOf(words.slice(0, -1));
  const out = new Output(streams, env, { json: false, quiet: true, verbose: false, color: 'never' });
  try {
    return await completeValue(slot, {
      streams,
      env,
      signal,
      critical: new CriticalSection(),
      globals,
      out,
      program,
      command: completeCommand,
    });
  } catch {
    // No store, no daemon, no right to read it: then there is nothing to propose, and nobody to tell.
    return { candidates: [], directive: directive.default };
  } finally {
    out.close();
  }
}

/** --data-root and the like of the line so far; options of the command, and what is not whole, are passed over. */
async function globalsOf(words: readonly string[]) {
  const { globalOptions } = await import('../framework/globals.ts');
  const known = words.flatMap((word, index) => {
    const name = word.replace(/^--/, '').replace(/=.*$/s, '');
    const option = Object.entries(globalOptions).find(([one]) => word.startsWith('--') && one === name)?.[1];
    if (option === undefined || option.kind !== 'value') return [];
    if (word.includes('=')) return [word];
    const value = words[index + 1];
    return value === undefined ? [] : [`${word}=${value}`];
  });
  const { globals } = await parseCommand(
    { name: completeCommand, options: {}, positionals: {} },
    known,
    'refstore',
  );
  return globals;
}

/** What a look at the host would say while a line is typed has no place on the terminal. */
const nowhere = new Writable({ write: (_text, _encoding, done) => done() });
