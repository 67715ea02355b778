import { readFile, readlink, stat } from 'node:fs/promises';

/** A process, by what tells it from a later one with the same ID. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start. */
  readonly startTime: string;
}

export interface ProcessStatus extends ProcessIdentity {
  readonly parent: number;
  readonly uid: number;
}

/** A live process; undefined when it does not exist, and for a zombie, which holds nothing any more. */
export async function processStatus(pid: number): Promise<ProcessStatus | undefined> {
  let text: string;
  let uid: number;
  try {
    [text, { uid }] = await Promise.all([readFile(`/proc/${pid}/stat`, 'latin1'), stat(`/proc/${pid}`)]);
  } catch {
    return undefined;
  }
  // The name, in parentheses, may hold anything; what follows the last of them is plain (proc(5)).
  const [state, parent, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTime = rest[17];
  if (state === 'Z' || state === 'X' || startTime === undefined) return undefined;
  return { pid, startTime, parent: Number(parent), uid };
}

export async function isAlive({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  return (await processStatus(pid))?.startTime === startTime;
}

/** The process itself, its parent, and so on up to the first process. */
export async function ancestors(pid: number): Promise<number[]> {
  const chain: number[] = [];
  for (let next = pid; next > 0 && !chain.includes(next); ) {
    chain.push(next);
    next = (await processStatus(next))?.parent ?? 0;
  }
  return chain;
}

/** All that it takes to start a process again as it was started. */
export interface ProcessImage {
  readonly executable: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The regular file to which its standard error goes; undefined when it goes elsewhere. */
  readonly logFile: string | undefined;
}

/** Throws what node:fs throws when the process is gone or is another user's. */
export async function processImage(pid: number): Promise<ProcessImage> {
  const folder = `/proc/${pid}`;
  const [executable, commandLine, cwd, environment, logFile] = await Promise.all([
    readlink(`${folder}/exe`),
    readFile(`${folder}/cmdline`, 'utf8'),
    readlink(`${folder}/cwd`),
    readFile(`${folder}/environ`, 'utf8'),
    regularFile(`${folder}/fd/2`),
  ]);
  return {
    executable,
    argv: commandLine.split('\0').slice(0, -1),
    cwd,
    env: parseEnvironment(environment),
    logFile,
  };
}

function parseEnvironment(text: string): Record<string, string> {
  const variables = text.split('\0').filter((one) => one.indexOf('=') > 0);
  return Object.fromEntries(
    variables.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
  );
}

async function regularFile(descriptor: string): Promise<string | undefined> {
  try {
    const path = await readlink(descriptor);
    return (await stat(path)).isFile() ? path : undefined;
  } catch {
    return undefined; // a pipe or a socket has no path, a deleted file none that is of use
  }
}

/** Whether a process sees the same files as this one: not so from inside a container, or from outside. */
export async function sharesMounts(pid: number): Promise<boolean> {
  const [theirs, ours] = await Promise.all([readlink(`/proc/${pid}/ns/mnt`), readlink('/proc/self/ns/mnt')]);
  return theirs === ours;
}
