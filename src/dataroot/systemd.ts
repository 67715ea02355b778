import { askProgram } from '../system/system-program.ts';

export function systemctl(user: boolean): string[] {
  return user ? ['systemctl', '--user'] : ['systemctl'];
}

const longestUnitName = 255;
const unitName =
  /^[A-Za-z0-9:_.\\-]+(?:@[A-Za-z0-9:_.\\-]*)?\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/;

/**
 * Whether systemd itself could have given a unit this name (systemd.unit(5)), and no program takes it for an option:
 * a name may come from a control group that a user made.
 */
export function isUnitName(text: string): boolean {
  return text.length <= longestUnitName && unitName.test(text) && !text.startsWith('-');
}

export type UnitProperties = Readonly<Record<string, readonly string[]>>;

const timeoutMs = 10_000;

/**
 * What `systemctl show` says of units, one record for each, in their order. A property that has several values stands
 * there on as many lines. Undefined when systemd does not answer.
 */
export async function showUnits(
  units: readonly string[],
  properties: readonly string[],
  user: boolean,
): Promise<UnitProperties[] | undefined> {
  if (!units.every(isUnitName)) return undefined;
  const argv = [...systemctl(user), 'show', `--property=${properties.join(',')}`, '--', ...units];
  const { status, output } = await askProgram(argv, { timeoutMs });
  return status === 0 ? output.trimEnd().split('\n\n').map(readRecord) : undefined;
}

function readRecord(record: string): UnitProperties {
  const values = new Map<string, string[]>();
  for (const line of record.split('\n')) {
    const equals = line.indexOf('=');
    if (equals === -1) continue;
    const name = line.slice(0, equals);
    values.set(name, [...(values.get(name) ?? []), line.slice(equals + 1)]);
  }
  return Object.fromEntries(values);
}
