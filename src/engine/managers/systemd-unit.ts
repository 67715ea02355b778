import { isUnitName, showUnits, type UnitProperties } from '../../dataroot/systemd.ts';

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
  /** Those of the unit and what triggers it that are masked: systemd stops such a unit, and never starts it. */
  readonly masked: readonly string[];
}

const properties = ['LoadState', 'ActiveState', 'MainPID', 'TriggeredBy'];

/** Undefined when systemd does not run here, or does not know the unit. */
export async function readSystemdUnit(name: string, user: boolean): Promise<SystemdUnit | undefined> {
  const [unit] = (await showUnits([name], properties, user)) ?? [];
  if (unit === undefined || !['loaded', 'masked'].includes(unit['LoadState']?.[0] ?? '')) return undefined;
  const triggers = (unit['TriggeredBy']?.[0] ?? '').split(' ').filter(isUnitName);
  const states = triggers.length === 0 ? [] : ((await showUnits(triggers, properties, user)) ?? []);
  const triggeredBy = triggers.filter((_, index) => states[index]?.['ActiveState']?.[0] === 'active');
  const isMasked = (state: UnitProperties | undefined) => state?.['LoadState']?.[0] === 'masked';
  return {
    name,
    user,
    mainPid: Number(unit['MainPID']?.[0] ?? 0),
    activeState: unit['ActiveState']?.[0] ?? '',
    triggeredBy,
    masked: [
      ...(isMasked(unit) ? [name] : []),
      ...triggeredBy.filter((trigger) => isMasked(states[triggers.indexOf(trigger)])),
    ],
  };
}
