import { homedir } from 'node:os';
import { join } from 'node:path';
import { type DaemonConfig, readDaemonConfig } from './daemon-config.ts';

/** A way in which Docker is installed: its configuration and its data root when that names none. */
export interface Installation {
  readonly daemonJson: string;
  readonly dataRoot: string;
}

export interface ConfiguredInstallation extends Installation {
  /** What daemon.json says; undefined when there is none. */
  readonly config: DaemonConfig | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Packages of the distribution or of Docker, rootless of the user in `env`, and the snap. */
export function usualInstallations(env: Environment): Installation[] {
  const home = env['HOME'] ?? homedir();
  return [
    { daemonJson: '/etc/docker/daemon.json', dataRoot: '/var/lib/docker' },
    {
      daemonJson: join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'docker', 'daemon.json'),
      dataRoot: join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'docker'),
    },
    {
      daemonJson: '/var/snap/docker/current/config/daemon.json',
      dataRoot: '/var/snap/docker/common/var-lib-docker',
    },
  ];
}

/** The same installations with what their daemon.json says. Throws as readDaemonConfig does. */
export async function configured(installations: readonly Installation[]): Promise<ConfiguredInstallation[]> {
  return await Promise.all(
    installations.map(async (installation) => {
      const config = await readDaemonConfig(installation.daemonJson);
      return { ...installation, dataRoot: config?.dataRoot ?? installation.dataRoot, config };
    }),
  );
}
