import { access, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Whether a request to a daemon would start it: systemd listens on its socket (docker.socket), and no dockerd
 * does. Found without connecting. `false` where it cannot be told: for tcp, and from inside a container.
 * @param host as Engine.host: `unix:///var/run/docker.sock`
 */
export async function isSocketActivated(host: string): Promise<boolean> {
  if (!host.startsWith('unix://')) return false;
  const sockets = await listeningSockets(host.slice('unix://'.length));
  if (sockets.length === 0) return false;
  const ofSystemd = await holds(1, sockets);
  if (ofSystemd === false || (ofSystemd === undefined && !(await isBootedBySystemd()))) return false;
  for (const pid of await dockerdProcesses()) {
    // Another user's dockerd does not show its sockets: it may well be the one.
    if ((await holds(pid, sockets)) !== false) return false;
  }
  return true;
}

/** As sd_booted(3) tells it. */
export async function isBootedBySystemd(): Promise<boolean> {
  return access('/run/systemd/system').then(
    () => true,
    () => false,
  );
}

/** `Num RefCount Protocol Flags Type St Inode Path`; the flag 10000 says that it listens (linux/net.h). */
const listening = /^[0-9a-f]+: \S+ \S+ 00010000 \S+ \S+ +(\d+) (\/.*)$/gm;

/** As /proc/PID/fd shows them: `socket:[12345]`. */
async function listeningSockets(path: string): Promise<string[]> {
  const text = await readFile('/proc/net/unix', 'utf8').catch(() => '');
  const wanted = await canonicalPath(path);
  const found: string[] = [];
  for (const [, inode, bound = ''] of text.matchAll(listening)) {
    if (basename(bound) === basename(path) && (await canonicalPath(bound)) === wanted) {
      found.push(`socket:[${inode}]`);
    }
  }
  return found;
}

/** /var/run is a link to /run. */
async function canonicalPath(path: string): Promise<string> {
  const folder = dirname(path);
  return join(await realpath(folder).catch(() => folder), basename(path));
}

/** undefined when the process does not let this one look. */
async function holds(pid: number, sockets: readonly string[]): Promise<boolean | undefined> {
  const folder = `/proc/${pid}/fd`;
  try {
    const targets = (await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => ''));
    return (await Promise.all(targets)).some((target) => sockets.includes(target));
  } catch {
    return undefined;
  }
}

async function dockerdProcesses(): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => names[index] === 'dockerd\n');
}
