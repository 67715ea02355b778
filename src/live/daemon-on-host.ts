import { readdir, readlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine, EngineRegistries } from '../engine/engine.ts';
import { daemonProcess } from '../engine/running.ts';
import { RefstoreError } from '../errors.ts';
import { type ProcessIdentity, processImage } from '../system/process.ts';

/** The daemon as a process of this host: what is needed to change what it reads. */
export interface DaemonOnHost {
  readonly identity: ProcessIdentity;
  readonly configFile: string;
  readonly registries: EngineRegistries;
}

const usualConfigFile = '/etc/docker/daemon.json';

/**
 * The daemon of a data root, as far as it shares this process's files and loopback.
 * @throws RefstoreError LIVE_REFUSED
 */
export async function daemonOnHost(engine: Engine, dataRoot: string): Promise<DaemonOnHost> {
  const identity = await daemonProcess(dataRoot);
  if (identity === undefined) {
    throw refused('the process of the daemon cannot be seen from here', 'run refstore on the host, as root');
  }
  for (const [kind, what] of [
    ['mnt', 'it does not see the same files as this command'],
    ['net', 'it does not share the loopback interface of this command'],
  ] as const) {
    if (await shares(identity.pid, kind)) continue;
    throw refused(
      `process ${identity.pid} is in another ${kind} namespace: ${what}`,
      'run refstore where the daemon runs, or use --restart',
    );
  }
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    throw refused(
      `process ${identity.pid} may not be signalled by this user (${(error as NodeJS.ErrnoException).code})`,
      'run refstore as root',
    );
  }
  const { argv, cwd } = await processImage(identity.pid);
  return {
    identity,
    configFile: configFileOf(argv, cwd),
    registries: await engine.registries(),
  };
}

/** Whether a flag sets the mirrors: then the daemon refuses to take them from daemon.json too. */
export async function hasMirrorFlag({ identity }: DaemonOnHost): Promise<boolean> {
  const { argv } = await processImage(identity.pid);
  return argv.some((word) => /^--registry-mirror(?:=|$)/.test(word));
}

function configFileOf(argv: readonly string[], cwd: string): string {
  const at = argv.findIndex((word) => word === '--config-file' || word.startsWith('--config-file='));
  const word = argv[at];
  if (word === undefined) return usualConfigFile;
  const file = word.includes('=') ? word.slice(word.indexOf('=') + 1) : (argv[at + 1] ?? usualConfigFile);
  return isAbsolute(file) ? file : join(cwd, file);
}

async function shares(pid: number, kind: 'mnt' | 'net'): Promise<boolean> {
  try {
    const [theirs, ours] = await Promise.all([
      readlink(`/proc/${pid}/ns/${kind}`),
      readlink(`/proc/self/ns/${kind}`),
    ]);
    return theirs === ours;
  } catch {
    return false;
  }
}

/** Layers that the daemon is downloading: it keeps each in such a file (moby v28.5.2 distribution/pull_v2.go). */
const download = /\/tmp\/GetImageBlob\d+$/;

/** @throws RefstoreError LIVE_REFUSED while the daemon pulls something: its pull might ask our registry */
export async function requireNoPulls({ identity: { pid } }: DaemonOnHost): Promise<void> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch((): string[] => []);
  const targets = await Promise.all(names.map((name) => readlink(join(folder, name)).catch(() => '')));
  if (!targets.some((target) => download.test(target.replace(/ \(deleted\)$/, '')))) return;
  throw refused(
    'the daemon is pulling an image, and its registry must not change under it',
    'wait until the pull is done, and try again',
  );
}

const reloadTimeoutMs = 15_000;
const pollMs = 20;

/**
 * Tells the daemon to read daemon.json again, and waits until it has the mirrors.
 * @throws RefstoreError ENGINE_FAILED when it does not take them
 */
export async function reload(
  engine: Engine,
  dataRoot: string,
  identity: ProcessIdentity,
  mirrors: readonly string[],
): Promise<void> {
  const now = await daemonProcess(dataRoot);
  // A pid that is another process by now must not be signalled.
  if (now?.pid !== identity.pid || now.startTime !== identity.startTime) {
    throw failed(`process ${identity.pid}, the daemon, has ended`);
  }
  process.kill(identity.pid, 'SIGHUP');
  const deadline = performance.now() + reloadTimeoutMs;
  for (;;) {
    const { mirrors: has } = await engine.registries();
    if (isSame(has, mirrors)) return;
    if (performance.now() > deadline) {
      throw failed(
        `the daemon did not take the mirrors ${JSON.stringify(mirrors)} from its daemon.json: it has ${JSON.stringify(has)}`,
      );
    }
    await pause(pollMs);
  }
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((one, index) => one === right[index]);
}

function failed(message: string): RefstoreError {
  return new RefstoreError('ENGINE_FAILED', message, {
    hint: 'its log says why (journalctl -u docker): a daemon.json that is not valid, or that contradicts a flag, is not read again',
  });
}

/** Restarting the daemon is what works in every case. */
export function refused(problem: string, hint: string): RefstoreError {
  return new RefstoreError(
    'LIVE_REFUSED',
    `the change cannot be made live: ${problem}; nothing was changed`,
    {
      hint,
    },
  );
}
