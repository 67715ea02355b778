import { describeUser } from '../../dataroot/in-use.ts';
import { plural } from '../framework/plural.ts';
import type { LiveStatus, Status, StoreStatus } from '../status.ts';

type Fact = readonly [label: string, text: string];

/** What `status` prints, a fact a line. */
export function describeStatus(status: Status, program: string): Fact[] {
  const { imageStore, imageStoreWhy, store, problem } = status;
  return [
    ['image store', `${imageStore ?? 'not known'} (${imageStoreWhy})`],
    ['daemon', describeDaemon(status)],
    ...(store === null ? [] : describeStore(store, status, program)),
    ...status.live.map((one) => ['live change', describeLive(one, program)] as const),
    ...(problem === null ? [] : [['problem', problem.message] as const]),
    ...(problem?.hint ? [['', problem.hint] as const] : []),
  ];
}

function describeLive({ isUnderWay, files, journal }: LiveStatus, program: string): string {
  const what = files.length === 0 ? journal : files.join(' and ');
  return isUnderWay
    ? `under way: ${what} will be put back at its end`
    : `interrupted: ${what} is not as it was; the next command of ${program} but status puts it back`;
}

function describeDaemon({ daemon, daemonElsewhere, daemonProblem, store }: Status): string {
  if (daemon === null) {
    const user = store?.usedBy;
    return user
      ? `${describeUser(user)} uses the data root, and does not answer`
      : `none answers${daemonProblem === null ? '' : `: ${daemonProblem}`}`;
  }
  const { serverVersion, host, liveRestore, containersRunning } = daemon;
  const containers = `${plural(containersRunning, 'container')} running`;
  const said = `${serverVersion} at ${host}, ${containers}, live-restore ${liveRestore ? 'on' : 'off'}`;
  return daemonElsewhere === null ? said : `${said}; not the one of this data root: it ${daemonElsewhere}`;
}

function describeStore(store: StoreStatus, status: Status, program: string): Fact[] {
  const { dataRoot, driver, file, why, exists, size, sha256, counts, backups, lock } = store;
  return [
    ...(dataRoot === null ? [] : [['data root', dataRoot] as const]),
    ...(driver === null ? [] : [['driver', driver] as const]),
    ['file', `${file} (${describeFile(exists, size)})`],
    ['found', why],
    ...(sha256 === null ? [] : [['sha256', sha256] as const]),
    ...(counts === null
      ? []
      : [
          [
            'holds',
            `${plural(counts.references, 'reference')} (${plural(counts.tags, 'tag')}, ${plural(counts.digests, 'digest')}) in ${plural(counts.repositories, 'repository', 'repositories')}, at ${plural(counts.images, 'image')}`,
          ] as const,
        ]),
    ['backups', backups === null ? 'cannot be looked at' : backups === 0 ? 'none' : String(backups)],
    ...(lock === null ? [] : [['lock', describeLock(lock)] as const]),
    ['restart', describePending(status, program)],
  ];
}

function describeFile(exists: boolean | null, size: number | null): string {
  if (exists === null) return 'cannot be looked at';
  if (!exists) return 'does not exist';
  return size === null ? 'cannot be read' : `${size} bytes`;
}

function describeLock({ path, stale, holder, obstacle }: NonNullable<StoreStatus['lock']>): string {
  if (obstacle !== undefined) return `cannot be taken: ${obstacle}`;
  return `${stale ? 'left behind by' : 'held by'} ${holder ?? 'an unknown process'} (${path})`;
}

function describePending({ imageStore, restartPending, differences }: Status, program: string): string {
  if (imageStore === 'containerd') {
    return 'does not apply: with the containerd image store the daemon neither reads nor writes this file';
  }
  if (restartPending === null) return 'not known: the daemon of this data root was not compared';
  if (!restartPending) return "not pending: the daemon's memory is what the file says";
  return `pending: ${plural(differences ?? 0, 'entry', 'entries')} in the daemon's memory differ from the file (${program} diff disk live)`;
}
