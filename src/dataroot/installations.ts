import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { RefstoreError } from '../errors.ts';
import { type DaemonConfig, readDaemonConfig } from './daemon-config.ts';
import type { DaemonFlags } from './daemon-flags.ts';
import type { ReadService } from './service.ts';

/** A way in which Docker is installed: its configuration and its data root when that names none. */
export interface Installation {
  readonly daemonJson: string;
  readonly dataRoot: string;
  /** Reads what its service would start: flags of dockerd that name another daemon.json or data root. */
  readonly readService?: ReadService | undefined;
}

export interface ConfiguredInstallation extends Installation {
  /** What daemon.json and the service's command line say; undefined when neither says anything. */
  readonly config: DaemonConfig | undefined;
  /** Why it cannot be told what the service would start: its data root may be another one. */
  readonly problem: RefstoreError | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Packages of the distribution or of Docker, rootless of the user in `env`, and the snap. */
export function usualInstallations(env: Environment): Installation[] {
  const home = env['HOME'] ?? homedir();
  const configHome = env['XDG_CONFIG_HOME'] ?? join(home, '.config');
  return [
    {
      daemonJson: '/etc/docker/daemon.json',
      dataRoot: '/var/lib/docker',
      readService: async () => (await import('./service.ts')).readDockerService(),
    },
    {
      daemonJson: join(configHome, 'docker', 'daemon.json'),
      dataRoot: join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'docker'),
      readService:
        process.getuid?.() === 0
          ? undefined
          : async () => (await import('./service.ts')).readRootlessService(configHome),
    },
    {
      daemonJson: '/var/snap/docker/current/config/daemon.json',
      dataRoot: '/var/snap/docker/common/var-lib-docker',
    },
  ];
}

/** The same installations with what configures them. Throws as readDaemonConfig does. */
export async function configured(installations: readonly Installation[]): Promise<ConfiguredInstallation[]> {
  return await Promise.all(installations.map(configuredOne));
}

/** Throws as readDaemonConfig does. */
export async function configuredOne(installation: Installation): Promise<ConfiguredInstallation> {
  const { daemonJson, dataRoot, readService } = installation;
  const daemon = await readService?.();
  const flags = daemon !== undefined && 'flags' in daemon ? daemon.flags : undefined;
  const ofFile = await readDaemonConfig(flags?.configFile ?? daemonJson);
  const config = daemon === undefined || flags === undefined ? ofFile : merged(ofFile, flags, daemon.service);
  const problem =
    daemon !== undefined && 'problem' in daemon ? unknownRoot(daemon.service, daemon.problem) : undefined;
  return { ...installation, dataRoot: config?.dataRoot ?? dataRoot, config, problem };
}

/** dockerd refuses what stands in both, so the order does not matter. */
function merged(
  config: DaemonConfig | undefined,
  flags: DaemonFlags,
  service: string,
): DaemonConfig | undefined {
  const { configFile: _, ...said } = flags;
  if (Object.values(said).every((value) => value === undefined)) return config;
  return {
    file: config === undefined ? service : `${service} with ${config.file}`,
    dataRoot: flags.dataRoot === undefined ? config?.dataRoot : resolve('/', flags.dataRoot),
    storageDriver: flags.storageDriver ?? config?.storageDriver,
    usernsRemap: flags.usernsRemap ?? config?.usernsRemap,
    containerdSnapshotter: flags.containerdSnapshotter ?? config?.containerdSnapshotter,
    liveRestore: config?.liveRestore,
    insecureRegistries: config?.insecureRegistries ?? [],
    registryMirrors: config?.registryMirrors ?? [],
  };
}

function unknownRoot(service: string, problem: string): RefstoreError {
  return new RefstoreError(
    'READ_FAILED',
    `no daemon answers, and which data root ${service} would use cannot be told: ${problem}`,
    { hint: 'name the data root with --data-root DIR, or start the daemon', details: { service, problem } },
  );
}
