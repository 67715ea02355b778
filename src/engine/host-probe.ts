import { readFile } from 'node:fs/promises';
import { dataRootUser } from '../dataroot/in-use.ts';
import { isUnitName } from '../dataroot/systemd.ts';
import {
  ancestors,
  type ProcessImage,
  type ProcessStatus,
  processImage,
  processStatus,
  sharesMounts,
} from '../system/process.ts';
import { runCommand } from '../system/run-command.ts';
import type { ServiceCommand } from './managers/service.ts';
import { readSystemdUnit, type SystemdUnit } from './managers/systemd-unit.ts';
import { isBootedBySystemd } from './socket-activation.ts';

/** What is looked at to find out what runs a daemon. */
export interface HostProbe {
  /** The dockerd that works on the data root; never a process that is no dockerd of the data root's owner. */
  dataRootUser(dataRoot: string): Promise<number | undefined>;
  /** Process ID in a file; undefined when there is no such file. */
  pidIn(file: string): Promise<number | undefined>;
  process(pid: number): Promise<ProcessStatus | undefined>;
  processImage(pid: number): Promise<ProcessImage>;
  /** The process, its parent, and so on. */
  ancestors(pid: number): Promise<number[]>;
  sharesMounts(pid: number): Promise<boolean>;
  /** Name of the systemd service in whose control group a process is. */
  unitOf(pid: number): Promise<string | undefined>;
  systemdUnit(name: string, user: boolean): Promise<SystemdUnit | undefined>;
  /** The command that runs the init script `docker`; undefined without one, and where systemd runs the services. */
  serviceCommand(): Promise<ServiceCommand | undefined>;
  readonly uid: number;
}

const probeTimeoutMs = 10_000;

export const hostProbe: HostProbe = {
  uid: process.getuid?.() ?? 0,
  process: processStatus,
  processImage,
  ancestors,
  sharesMounts,
  systemdUnit: readSystemdUnit,
  async dataRootUser(dataRoot) {
    const user = await dataRootUser(dataRoot);
    return user?.isDaemon ? user.pid : undefined;
  },
  async pidIn(file) {
    try {
      const pid = Number((await readFile(file, 'utf8')).trim());
      return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
  async unitOf(pid) {
    const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    const name = /\/([^/\n]+\.service)$/m.exec(groups)?.[1];
    return name !== undefined && isUnitName(name) ? name : undefined;
  },
  async serviceCommand() {
    if (await isBootedBySystemd()) return undefined;
    const openrc = await runCommand(['rc-service', '--exists', 'docker'], { timeoutMs: probeTimeoutMs });
    if (openrc.status === 0) return 'rc-service';
    // LSB: 0 it runs, 3 it does not, 1 and 2 it is dead with a pid or lock file left; 4 not known.
    const { status, output } = await runCommand(['service', 'docker', 'status'], {
      timeoutMs: probeTimeoutMs,
    });
    const known = status !== undefined && status <= 3 && !/unrecognized service|not found/i.test(output);
    return known ? 'service' : undefined;
  },
};
