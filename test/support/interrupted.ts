import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { project } from './built.ts';

export const interruptAt = join(project, 'test/support/children/interrupt-at.mjs');

export const interrupts = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
export type Interrupt = keyof typeof interrupts;

/** How a command line ended that got a signal at a stage: what interrupt-at.mjs prints. */
export interface Interrupted {
  /** Whether it came to the stage at all. */
  readonly isThere: boolean;
  /** As a shell has it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What is in its temporary folder. */
  readonly left: readonly string[];
}

/** Runs a program, sends it a signal four times when it comes to a stage, and waits for its end. */
export async function interrupted(
  stage: string,
  signal: Interrupt,
  argv: readonly string[],
  { input = '', env = {} }: { input?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<Interrupted> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [interruptAt, stage, signal, ...argv], {
    env: { PATH, HOME: '/nowhere', NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(input);
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return JSON.parse(output) as Interrupted;
}
