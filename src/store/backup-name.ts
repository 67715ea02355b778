/** The bytes that the file had before a write, or when `refstore backup` kept them. */
export interface Backup {
  /** Time and the first 12 hex digits of the hash, `20260102T030405.678Z-0123456789ab`; sorts by time. */
  readonly id: string;
  readonly file: string;
  /** ISO 8601. */
  readonly time: string;
  /** Of the bytes, in hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** "before refstore tag", "refstore backup"; undefined for one that an older version made. */
  readonly reason: string | undefined;
}

/**
 * What the name of a backup's file says, and so what can be known without reading it: when it was made, the
 * sha256 of its bytes, how many entries a daemon would find in them, and why it was made.
 * `20260102T030405.678Z-<64 hex>.12.before_refstore_tag.json`; the last two are missing in those of older versions.
 */
export type BackupName = Pick<Backup, 'id' | 'time' | 'sha256' | 'reason'> & {
  readonly name: string;
  /** undefined where the name does not tell. */
  readonly content: BackupContent | undefined;
};

/** What a daemon would make of the bytes. */
export interface BackupContent {
  /** Whether a daemon would start on them. */
  readonly sound: boolean;
  /** How many it would find in them; undefined where it would not start. */
  readonly entries: number | undefined;
}

/** Worth going back to: a daemon starts on it, and finds something. */
export function isGood({ sound, entries }: BackupContent): boolean {
  return sound && entries !== undefined && entries > 0;
}

const pattern =
  /^((\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})Z-([0-9a-f]{12}))([0-9a-f]{52})(?:\.(\d{1,10}|malformed)\.([A-Za-z0-9._-]{1,80}))?\.json$/;

/** Beyond it there would be no room for a later one. */
const lastTime = Date.parse('9990-01-01T00:00:00Z');

/** undefined for a file that is no backup. */
export function parseBackupName(name: string): BackupName | undefined {
  const match = pattern.exec(name);
  if (match === null) return undefined;
  const [, id = '', year, month, day, hour, minute, second, start = '', rest = '', entries, reason] = match;
  const time = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  // NaN where there is no such day or hour.
  if (!(Date.parse(time) < lastTime)) return undefined;
  return {
    name,
    id,
    time,
    sha256: start + rest,
    reason: reason?.replaceAll('_', ' '),
    content: contentOf(entries),
  };
}

function contentOf(entries: string | undefined): BackupContent | undefined {
  if (entries === undefined) return undefined;
  return entries === 'malformed'
    ? { sound: false, entries: undefined }
    : { sound: true, entries: Number(entries) };
}

/** @param time in milliseconds since 1970 */
export function formatBackupName(
  time: number,
  sha256: string,
  { entries }: BackupContent,
  reason: string,
): string {
  const stamp = new Date(time).toISOString().replaceAll(/[-:]/g, '');
  const why = reason.replaceAll(/[^A-Za-z0-9.-]+/g, '_').slice(0, 80) || '_';
  return `${stamp}-${sha256}.${entries ?? 'malformed'}.${why}.json`;
}
