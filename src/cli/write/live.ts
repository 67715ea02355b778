import { RefstoreError } from '../../errors.ts';
import type { KnownManifest, NotLive } from '../../live/plan-live.ts';
import type { PreparedLive } from '../../live/prepare.ts';
import type { Patch } from '../../repositories/patch.ts';
import type { RolloutStrategy } from '../../rollout/options.ts';
import type { Planner } from '../../store/options.ts';
import type { WriteResult } from '../../store/results.ts';
import type { Store } from '../../store/store.ts';
import { escapeText } from '../../util/escape.ts';
import type { Context } from '../framework/command.ts';
import { plural } from '../framework/plural.ts';
import { ProgressLine } from '../framework/progress.ts';
import { UsageError } from '../framework/usage-error.ts';
import type { LiveOptions, ManagerOptions, WriteOptions } from '../options/write-options.ts';
import { engineOf, isLocal } from '../target/running-engine.ts';

import { lockWait } from './lock-wait.ts';
import type { Outcome } from './outcome.ts';

/** What a running daemon is asked for. */
export interface LiveWrite {
  readonly plan: Patch | Planner;
  /** Proven manifests, by digest; what the daemon kept of its pulls is known without them. */
  readonly manifests?: ReadonlyMap<string, KnownManifest> | undefined;
  /** Images that are loaded before. */
  readonly expectedImages?: readonly string[] | undefined;
}

/** How a change is made: by the running daemon, or by a write with this strategy. */
export type WayOfWriting =
  | { readonly prepared: PreparedLive }
  | { readonly prepared: undefined; readonly restart: RolloutStrategy | undefined };

type Options = Pick<WriteOptions, 'restart' | 'dry-run' | 'yes'> & ManagerOptions & Partial<LiveOptions>;
export interface LiveTarget {
  readonly store: Store;
  /** Undefined where no daemon can make such a change. */
  readonly live?: LiveWrite | undefined;
  readonly preview: Pick<WriteResult, 'changes' | 'changed'>;
}

/**
 * Decides, as --live, --apply and --restart say, and shows how the daemon will make the change.
 * @throws UsageError; RefstoreError LIVE_REFUSED
 */
export async function decideWay(
  write: LiveTarget,
  options: Options,
  context: Context,
): Promise<WayOfWriting> {
  const mode = liveMode(options);
  const { preview, live } = write;
  if (mode === undefined) return { prepared: undefined, restart: options.restart };
  const isUnneeded = mode === 'auto' && !(await isDaemonUp(write, context));
  if (live === undefined || !preview.changed || isUnneeded)
    return { prepared: undefined, restart: undefined };
  const prepared = await prepare(write, options, context).catch((error: unknown) => {
    if (mode === 'live' || !(error instanceof RefstoreError) || error.code !== 'LIVE_REFUSED') throw error;
    return error;
  });
  if (prepared instanceof RefstoreError || (mode === 'auto' && prepared.impossible.length > 0)) {
    return { prepared: undefined, restart: await restartInstead(prepared, options, context) };
  }
  for (const line of describeLive(prepared)) await context.out.note(escapeText(line));
  const { requireAll } = await import('../../live/apply-live.ts');
  requireAll(prepared);
  return { prepared };
}

/** What a dry run says of it. */
export function plannedReceipt({ steps }: PreparedLive): NonNullable<Outcome['live']> {
  const operations = steps.map(({ step: { change }, how }) => ({
    op: change.op,
    reference: change.reference,
    how,
  }));
  return { operations, host: [], registry: undefined };
}

/** @throws UsageError for options that contradict each other */
function liveMode({ live, apply, restart, 'live-hosts': hosts }: Options): 'live' | 'auto' | undefined {
  const chosen = [live && '--live', apply && '--apply', restart && '--restart'].filter(Boolean);
  if (chosen.length > 1) {
    throw new UsageError(
      `${chosen.join(' and ')} exclude each other`,
      '--live changes the running daemon without a restart, --restart restarts it, --apply=auto chooses',
    );
  }
  const mode = live ? 'live' : apply;
  if (hosts && mode === undefined) {
    throw new UsageError('--live-hosts has no effect without --live', 'add --live, or leave it out');
  }
  return mode;
}

/** Made by the daemon, under the lock, with progress on a terminal. */
export async function applyLiveNow(
  { store, live }: Pick<LiveTarget, 'store' | 'live'>,
  options: Options,
  context: Context,
): Promise<Outcome> {
  const [{ applyLive }, { stateFolder }] = await Promise.all([
    import('../../live/apply-live.ts'),
    import('../../live/state-folder.ts'),
  ]);
  const progress = new ProgressLine(context, 'changes made by the daemon');
  try {
    return await applyLive(store, (live as LiveWrite).plan, {
      ...(await prepareOptions(live as LiveWrite, options, context)),
      ...lockWait(context),
      stateFolder: stateFolder(context.env),
      onStage: (stage) => void context.out.detail(stage),
      onProgress: progress.update,
    });
  } finally {
    progress.end();
  }
}

/** How the daemon would make the change, before anything is changed. */
async function prepare(
  { store, preview, live }: LiveTarget,
  options: Options,
  context: Context,
): Promise<PreparedLive> {
  const { prepareLive } = await import('../../live/prepare.ts');
  const given = await prepareOptions(live as LiveWrite, options, context);
  return prepareLive(store, await store.read(), preview, given);
}

async function prepareOptions(live: LiveWrite, options: Options, context: Context) {
  const engine = await engineOf(context);
  if (!isLocal(engine.host)) {
    throw new UsageError(
      `the Docker daemon at ${engine.host} is not on this host: --live needs the one that uses the file`,
      'run refstore there, or say with --host where the daemon of this host listens',
    );
  }
  const { manifests, expectedImages } = live;
  const editHosts = options['live-hosts'];
  return { engine, manifests, expectedImages, editHosts, signal: context.signal };
}

/** The plan: how each operation is made, by kind, what cannot be, and what is changed on the host meanwhile. */
export function describeLive({ steps, impossible, hostChanges }: PreparedLive): string[] {
  const counts = new Map<string, number>();
  for (const { how } of steps) counts.set(how, (counts.get(how) ?? 0) + 1);
  const lines = [...counts].map(
    ([how, count]) => `    ${plural(count, 'entry', 'entries')}: ${inWords[how as keyof typeof inWords]}`,
  );
  return [
    'the running daemon makes the change itself, without a restart; no container stops:',
    ...lines,
    ...impossible.slice(0, shownReasons).map((one) => `    cannot be made live: ${reasonOf(one)}`),
    ...(impossible.length > shownReasons ? [`    … and ${impossible.length - shownReasons} more`] : []),
    ...(hostChanges.length === 0 ? [] : ['for the time of the pulls, and put back afterwards:']),
    ...hostChanges.map((change) => `    ${change}`),
  ];
}

const shownReasons = 20;

const inWords = {
  tag: 'a tag, through its API',
  untag: 'removed, through its API',
  registry: 'pulled by digest: the registry is asked for the manifest only',
  mirror: 'pulled by digest, the manifest from a registry mirror on this host',
  port: 'pulled by digest, the manifest from a registry on this host, on the port of its name',
  hosts: 'pulled by digest, the manifest from a registry on this host, to which /etc/hosts leads',
};

function reasonOf({ change, reason }: NotLive): string {
  return `${change.op} ${change.reference}: ${reason}`;
}

async function isDaemonUp({ store }: LiveTarget, context: Context): Promise<boolean> {
  const { dataRoot } = store.location;
  if (dataRoot === undefined) return false;
  const { runningDaemon } = await import('../../engine/running.ts');
  return (await runningDaemon(await engineOf(context), dataRoot)) !== undefined;
}

/** --apply=auto where it cannot be live: a restart stops containers, so somebody has to say yes to it. */
async function restartInstead(
  why: RefstoreError | PreparedLive,
  options: Options,
  context: Context,
): Promise<RolloutStrategy> {
  const reason =
    why instanceof RefstoreError ? why.message : why.impossible.map(reasonOf).slice(0, 3).join('; ');
  await context.out.note(escapeText(`it cannot be made live: ${reason}`));
  const { stdin, stderr } = context.streams;
  if (options['dry-run'] || (stdin.isTTY === true && stderr.isTTY === true && !options.yes)) {
    return 'stop-start';
  }
  throw new RefstoreError(
    'DAEMON_RUNNING',
    `the change needs a restart of the daemon, which nobody here can be asked about; nothing was written (${reason})`,
    {
      hint: 'add --restart to restart the daemon, or leave out what cannot be made live',
      details: { reason },
    },
  );
}

/** The refusal of a running daemon names both ways, and which of them this host can have. */
export function namingWays(write: LiveTarget, options: Options, context: Context) {
  return async (error: unknown): Promise<never> => {
    if (!(error instanceof RefstoreError) || error.code !== 'DAEMON_RUNNING' || write.live === undefined)
      throw error;
    const [live, restart] = await Promise.all([
      whetherLive(write, options, context),
      whetherRestart(write, options),
    ]);
    throw new RefstoreError(error.code, error.message, {
      hint: `--live: ${live.text}. --restart=stop-start (stop, write, start) or --restart=restart (write, restart, check): ${restart.text}. Or first stop docker.service and docker.socket yourself`,
      details: { ...error.details, ways: { live: live.possible, restart: restart.possible } },
      cause: error,
    });
  };
}

interface Possible {
  readonly possible: boolean;
  readonly text: string;
}

async function whetherLive(write: LiveTarget, options: Options, context: Context): Promise<Possible> {
  try {
    const { impossible, hostChanges } = await prepare(write, options, context);
    const [first] = impossible;
    if (first !== undefined) return { possible: false, text: `not here, ${reasonOf(first)}` };
    const meanwhile = hostChanges.length === 0 ? '' : ` (meanwhile: ${hostChanges.join('; ')})`;
    return { possible: true, text: `the daemon can make all of it itself, without a restart${meanwhile}` };
  } catch (error) {
    if (!(error instanceof RefstoreError)) throw error;
    return { possible: false, text: `not here, ${error.message.replace(/; nothing was changed$/, '')}` };
  }
}

async function whetherRestart({ store }: LiveTarget, options: Options): Promise<Possible> {
  const { dataRoot } = store.location;
  try {
    const { findManager } = await import('../../engine/find-manager.ts');
    const manager = await findManager({
      dataRoot: dataRoot ?? '',
      manager: options.manager,
      pidFile: options['pid-file'],
      commands: {
        stop: options['stop-command'],
        start: options['start-command'],
        restart: options['restart-command'],
      },
    });
    return { possible: true, text: `${manager.name} restarts it` };
  } catch (error) {
    if (!(error instanceof RefstoreError)) throw error;
    return { possible: false, text: `${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}` };
  }
}
