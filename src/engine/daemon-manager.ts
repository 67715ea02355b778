export const managerNames = ['systemd', 'service', 'command', 'pidfile'] as const;
export type ManagerName = (typeof managerNames)[number];

export type ManagerAction = 'stop' | 'start' | 'restart';

/** What stops and starts one daemon. The methods throw RestartError (RESTART_FAILED) when they could not. */
export interface DaemonManager {
  readonly name: ManagerName;
  /**
   * Something else may start the daemon while it is down (a socket unit, Restart=): it is told to stop even
   * when no daemon runs.
   */
  readonly mayBeActivated: boolean;
  /**
   * Looks again at the daemon, as another process may run since the manager was found. Called when nobody else can
   * restart it any more (under the lock of the store), before the stop is planned.
   * @throws RestartError when what runs now is not what was shown
   */
  refresh?(): Promise<void>;
  /** Whether it was given what the action takes. */
  can(action: ManagerAction): boolean;
  /**
   * The very commands, for the operator to read before they are run.
   * @throws RefstoreError USAGE when it was not given what the action takes
   */
  plan(action: ManagerAction): string[];
  stop(options?: ManagerRunOptions): Promise<void>;
  start(options?: ManagerRunOptions): Promise<void>;
  restart(options?: ManagerRunOptions): Promise<void>;
  /** Whether the daemon that was started is known to have ended again: then there is nothing to wait for. */
  hasEnded?(): boolean;
  /** The daemon's last log lines, oldest first; none where they are not to be had. */
  log(): Promise<string[]>;
}

export interface ManagerRunOptions {
  /** How long the commands may take together, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Called when what had to be prepared is done, and the daemon is about to go down. */
  readonly onStopping?: (() => void) | undefined;
}

/** The operator's own commands, run by `sh -c`. */
export interface ManagerCommands {
  readonly stop?: string | undefined;
  readonly start?: string | undefined;
  readonly restart?: string | undefined;
}

export interface FindManagerOptions {
  /** Only this one; without it, the one that is seen to run the daemon. */
  readonly manager?: ManagerName | undefined;
  /** Data root of the daemon that is meant. */
  readonly dataRoot?: string | undefined;
  /** systemd: the daemon's unit, when it is not docker.service. */
  readonly unit?: string | undefined;
  /** systemd: a rootless daemon's unit, below `systemctl --user`. */
  readonly user?: boolean | undefined;
  readonly commands?: ManagerCommands | undefined;
  /** pidfile: the file that holds the daemon's process ID. */
  readonly pidFile?: string | undefined;
  /** pidfile: where the daemon's output goes once it is started again. */
  readonly logFile?: string | undefined;
}
