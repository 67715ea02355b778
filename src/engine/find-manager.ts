import { RefstoreError } from '../errors.ts';
import type { DaemonManager, FindManagerOptions, ManagerName } from './daemon-manager.ts';
import { type HostProbe, hostProbe } from './host-probe.ts';
import { CommandManager } from './managers/command.ts';
import { PidfileManager } from './managers/pidfile.ts';
import { ServiceManager } from './managers/service.ts';
import { SystemdManager } from './managers/systemd.ts';
import type { SystemdUnit } from './managers/systemd-unit.ts';

/** What is known when a manager is looked for. */
interface Detection {
  readonly options: FindManagerOptions;
  readonly around: HostProbe;
  /** The daemon's process; undefined when none runs. */
  readonly pid: number | undefined;
  /** The manager was asked for by name, so that nothing but what makes it impossible speaks against it. */
  readonly asked: boolean;
}

/** The manager, or what was seen that speaks against it. */
type Attempt = (theCase: Detection) => Promise<DaemonManager | string>;

const defaultUnit = 'docker.service';
/** Those that the init scripts of Debian and of Alpine keep. */
const servicePidFiles = ['/var/run/docker.pid', '/var/run/docker-ssd.pid'];

/**
 * What stops and starts the daemon of a data root: the manager that is asked for, or the one that is seen to run
 * the daemon. Never a guess: systemd counts when the daemon's process is its unit's, an init script when its pid
 * file names the process, and a daemon is ended and started by hand only when nothing looks after it.
 * @throws RefstoreError USAGE that says what was seen, when that does not tell
 */
export async function findManager(
  options: FindManagerOptions,
  around: HostProbe = hostProbe,
): Promise<DaemonManager> {
  const asked = managerAsked(options);
  if (asked === 'command') return new CommandManager(options.commands ?? {});
  const pid = await daemonPid(options, around);
  const seen: string[] = [];
  for (const name of asked === undefined ? (['systemd', 'service', 'pidfile'] as const) : [asked]) {
    const outcome = await attempts[name]({ options, around, pid, asked: asked !== undefined });
    if (typeof outcome !== 'string') return outcome;
    seen.push(outcome);
  }
  const daemon = pid === undefined ? 'no daemon runs' : `the daemon is process ${pid}`;
  throw new RefstoreError(
    'USAGE',
    `cannot tell what stops and starts the Docker daemon: ${daemon}; ${seen.join('; ')}`,
    {
      hint: 'name it with --manager systemd, service or pidfile, or give --stop-command CMD and --start-command CMD',
      details: { pid, seen },
    },
  );
}

function managerAsked(options: FindManagerOptions): ManagerName | undefined {
  const { manager, commands, pidFile, unit, user } = options;
  if (manager !== undefined) return manager;
  if (commands?.stop ?? commands?.start ?? commands?.restart) return 'command';
  if (unit !== undefined || user === true) return 'systemd';
  return pidFile === undefined ? undefined : 'pidfile';
}

async function daemonPid(
  { pidFile, dataRoot }: FindManagerOptions,
  around: HostProbe,
): Promise<number | undefined> {
  const pid = pidFile === undefined ? undefined : await around.pidIn(pidFile);
  if (pid !== undefined && (await around.process(pid)) !== undefined) return pid;
  return dataRoot === undefined ? undefined : await around.dataRootUser(dataRoot);
}

const systemd: Attempt = async ({ options, around, pid }) => {
  const { unit: name = defaultUnit, user } = options;
  const chain = pid === undefined ? [] : await around.ancestors(pid);
  const seen: string[] = [];
  for (const ofUser of user === undefined && around.uid !== 0 ? [false, true] : [user ?? false]) {
    const unit = await around.systemdUnit(name, ofUser);
    // A rootless daemon, or one behind a wrapper, is below the unit's first process.
    if (unit !== undefined && owns(unit, chain)) return new SystemdManager(unit);
    const label = ofUser ? `${name} of the user’s systemd` : name;
    seen.push(
      unit === undefined
        ? `systemd knows no ${label}`
        : `${label} (${unit.activeState}, process ${unit.mainPid}) does not run it`,
    );
  }
  const other = pid === undefined || options.unit !== undefined ? undefined : await around.unitOf(pid);
  const unit = other === undefined ? undefined : await around.systemdUnit(other, false);
  return unit !== undefined && unit.mainPid === pid ? new SystemdManager(unit) : seen.join('; ');
};

/** Whether the daemon with this chain of ancestors is the unit's; without a daemon, a unit that is down will do. */
function owns({ mainPid }: SystemdUnit, chain: readonly number[]): boolean {
  return chain.length === 0 ? mainPid === 0 : mainPid > 1 && chain.includes(mainPid);
}

const service: Attempt = async ({ around, pid, asked }) => {
  const command = await around.serviceCommand();
  if (command === undefined) return 'there is no init script docker';
  if (pid === undefined || asked) return new ServiceManager(command);
  for (const file of servicePidFiles) {
    if ((await around.pidIn(file)) === pid) return new ServiceManager(command);
  }
  return `the init script docker does not run it: ${servicePidFiles.join(' and ')} do not name it`;
};

const pidfile: Attempt = async ({ options, around, pid, asked }) => {
  if (pid === undefined) return 'a daemon that does not run cannot be started as it was';
  const status = await around.process(pid);
  if (status === undefined) return `process ${pid} has ended`;
  if (pid === 1) return 'process 1 of a container cannot be stopped and started from inside';
  if (!asked && status.parent !== 1) {
    return `process ${status.parent}, which started it, may start it again when it ends`;
  }
  if (status.uid !== around.uid)
    return `process ${pid} is of user ${status.uid}, and this is user ${around.uid}`;
  try {
    if (!(await around.sharesMounts(pid))) return `process ${pid} is in another container, or rootless`;
    const image = await around.processImage(pid);
    if (image.argv.some((word) => word.includes('fd://'))) {
      return `process ${pid} was given its socket by what started it (fd://)`;
    }
    return new PidfileManager(
      { identity: status, image, logFile: options.logFile ?? image.logFile },
      async () => await processThatRuns(options, around),
    );
  } catch (error) {
    return `process ${pid} cannot be looked at: ${(error as Error).message}`;
  }
};

async function processThatRuns(options: FindManagerOptions, around: HostProbe) {
  const pid = await daemonPid(options, around);
  const identity = pid === undefined ? undefined : await around.process(pid);
  return pid === undefined || identity === undefined
    ? undefined
    : { identity, image: await around.processImage(pid) };
}

const attempts = { systemd, service, pidfile };
