import { isUnitName, showUnits } from '../../dataroot/systemd.ts';

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
  readonly triggeredBy: readonly string[];
}

const properties = ['LoadState', 'ActiveState', 'MainPID', 'TriggeredBy'];

/** Undefined when systemd does not run here, or does not know the unit. */
export async function readSystemdUnit(name: string, user: boolean): Promise<SystemdUnit | undefined> {
  const [unit] = (await showUnits([name], properties, user)) ?? [];
  if (unit?.['LoadState']?.[0] !== 'loaded') return undefined;
  const triggers = (unit['TriggeredBy']?.[0] ?? '').split(' ').filter(isUnitName);
  const states = triggers.length === 0 ? [] : ((await showUnits(triggers, properties, user)) ?? []);
  return {
    name,
    user,
    mainPid: Number(unit['MainPID']?.[0] ?? 0),
    activeState: unit['ActiveState']?.[0] ?? '',
    triggeredBy: triggers.filter((_, index) => states[index]?.['ActiveState']?.[0] === 'active'),
  };
}
