import { runCommand } from '../run-command.ts';

/** A unit of systemd, as it was when it was looked at. */
export interface SystemdUnit {
  /** `docker.service`. */
  readonly name: string;
  /** Of the user's own systemd, for a rootless daemon. */
  readonly user: boolean;
  /** Its first process; 0 when it does not run. */
  readonly mainPid: number;
  /** active, inactive, failed, activating, deactivating, reloading. */
  readonly activeState: string;
  /** Units that are active and start it when something happens: docker.socket at a connection. */
  readonly wakers: readonly string[];
}

const timeoutMs = 10_000;

export function systemctl(user: boolean): string[] {
  return user ? ['systemctl', '--user'] : ['systemctl'];
}

/** Undefined when systemd does not run here, or does not know the unit. */
export async function readSystemdUnit(name: string, user: boolean): Promise<SystemdUnit | undefined> {
  const [unit] = await show([name], user);
  if (unit?.['LoadState'] !== 'loaded') return undefined;
  const triggers = unit['TriggeredBy']?.split(' ').filter((one) => one !== '') ?? [];
  const states = triggers.length === 0 ? [] : await show(triggers, user);
  return {
    name,
    user,
    mainPid: Number(unit['MainPID'] ?? 0),
    activeState: unit['ActiveState'] ?? '',
    wakers: triggers.filter((_, index) => states[index]?.['ActiveState'] === 'active'),
  };
}

type Properties = Readonly<Record<string, string>>;

/** One record for each unit, in their order. */
async function show(units: readonly string[], user: boolean): Promise<Properties[]> {
  const properties = '--property=LoadState,ActiveState,MainPID,TriggeredBy';
  const { status, output } = await runCommand([...systemctl(user), 'show', properties, ...units], {
    timeoutMs,
  });
  if (status !== 0) return [];
  return output.split('\n\n').map((record) =>
    Object.fromEntries(
      record
        .split('\n')
        .filter((line) => line.includes('='))
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
  );
}
