import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import { RefstoreError } from '../errors.ts';
import { parseNormalizedNamed } from '../reference/parse.ts';
import { familiarName } from '../reference/reference.ts';
import type { Change } from '../repositories/change.ts';
import type { Patch } from '../repositories/patch.ts';
import { verifyApplied } from '../rollout/verify-applied.ts';
import { makeBackup, pruneBackups } from '../store/make-backup.ts';
import type { LockOptions, Planner } from '../store/options.ts';
import type { CommitResult } from '../store/results.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { LockedStore, Store } from '../store/store.ts';
import { abortError } from '../util/abort.ts';
import { forEachConcurrently } from '../util/concurrency.ts';
import { HostChange, type HostReceipt } from './host-change.ts';
import { hostsFile } from './hosts-file.ts';
import { readJournals, requireBelievedFolder } from './journal.ts';
import { type PreparedLive, type PreparedStep, type PrepareLiveOptions, prepareLive } from './prepare.ts';
import { removeName } from './remove-name.ts';
import { hostsAddress, Serving } from './serve.ts';
import { stateFolder } from './state-folder.ts';
import { undoSteps } from './undo-steps.ts';
import { withFolder } from './with-folder.ts';

export type LiveStage = 'preparing' | 'serving' | 'changing' | 'verifying' | 'undoing' | 'putting-back';

export interface ApplyLiveOptions extends PrepareLiveOptions, LockOptions {
  /** Where the journal is kept. Default: /var/lib/docker-refstore. */
  readonly stateFolder?: string | undefined;
  readonly onStage?: ((stage: LiveStage) => void) | undefined;
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** What was done, and all that was changed on the host for it, which was put back. */
export interface LiveReceipt {
  readonly operations: readonly {
    readonly op: 'add' | 'move' | 'remove';
    readonly reference: string;
    readonly how: PreparedStep['how'];
  }[];
  readonly host: readonly HostReceipt[];
  /** Our registry; undefined where none was needed. */
  readonly registry: RegistryReceipt | undefined;
}

export interface RegistryReceipt {
  readonly listened: Serving['listening'];
  readonly versionChecks: number;
  readonly manifests: number;
  /** Requests for anything else, none of which was answered. */
  readonly refused: readonly { readonly method: string; readonly host: string; readonly path: string }[];
}

export interface LiveResult extends CommitResult {
  readonly effective: true;
  readonly reason: string;
  readonly live: LiveReceipt;
}

/**
 * Has the running daemon make a change itself: in its memory and in the file at once, without a restart. Tags through
 * its API; a digest by a pull for which it gets the manifest only, as the image is there (moby v28.5.2
 * distribution/pull_v2.go). All of the change is made, or none.
 * @throws RefstoreError LIVE_REFUSED when some of it cannot be made so: nothing was changed; ABORTED, WRITE_FAILED:
 *   what was done by then was undone; NOT_VERIFIED: some of it stands, `details.remaining` names it; LOCKED, what
 *   Store.commit throws
 */
export async function applyLive(
  store: Store,
  plan: Patch | Planner,
  options: ApplyLiveOptions,
): Promise<LiveResult> {
  const folder = options.stateFolder ?? stateFolder({});
  await refuseUnfinished(folder);
  return await store.withLock(async (locked) => {
    options.onStage?.('preparing');
    const { snapshot, planned } = await planOn(locked, plan);
    const prepared = await prepareLive(store, snapshot, planned, options);
    if (!planned.changed) return unchanged(planned);
    requireAll(prepared);
    requireSteps(prepared, planned);
    const live = await carryOut(locked, snapshot, planned, prepared, { ...options, stateFolder: folder });
    const after = await locked.read();
    return {
      ...planned,
      dryRun: false,
      after: after.sha256,
      repositories: after.repositories,
      backup: live.backup,
      effective: true,
      reason: 'the running daemon made the change itself: it has it in memory, and wrote the file',
      live: live.receipt,
    };
  }, options);
}

async function planOn(
  locked: LockedStore,
  plan: Patch | Planner,
): Promise<{ snapshot: Snapshot; planned: CommitResult }> {
  let snapshot: Snapshot | undefined;
  const planner: Planner = (seen) => {
    snapshot = seen;
    return typeof plan === 'function' ? plan(seen) : plan;
  };
  const planned = await locked.commit(planner, { dryRun: true });
  return { snapshot: snapshot as Snapshot, planned };
}

function unchanged(planned: CommitResult): LiveResult {
  return {
    ...planned,
    dryRun: false,
    effective: true,
    reason: 'the daemon has it already',
    live: { operations: [], host: [], registry: undefined },
  };
}

/** @throws RefstoreError LIVE_REFUSED: a live change is made as a whole or not at all */
export function requireAll({ impossible }: Pick<PreparedLive, 'impossible'>): void {
  const [first, ...others] = impossible;
  if (first === undefined) return;
  const more = others.length === 0 ? '' : `, and ${others.length} more cannot either`;
  throw new RefstoreError(
    'LIVE_REFUSED',
    `${first.change.reference} cannot be changed live: ${first.reason}${more}; nothing was changed`,
    {
      hint: 'use --restart for all of it, or leave these out',
      details: {
        impossible: impossible.map(({ change, reason }) => ({
          op: change.op,
          reference: change.reference,
          reason,
        })),
      },
    },
  );
}

function requireSteps({ steps }: PreparedLive, { changes }: CommitResult): void {
  if (changes.length > 0 && steps.length === changes.length) return;
  throw new RefstoreError(
    'LIVE_REFUSED',
    'only the bytes of the file would change, and no entry: there is nothing to ask the daemon for; nothing was changed',
    { hint: 'the daemon writes the file anew at its next change; or use --restart' },
  );
}

/** @throws RefstoreError LIVE_REFUSED when an earlier run left something that could not be put back, or the journal could not be kept safely */
async function refuseUnfinished(folder: string): Promise<void> {
  await requireBelievedFolder(folder);
  const [first] = await readJournals(folder);
  if (first === undefined) return;
  const what = first.isActive
    ? `another live change is under way (process ${first.journal?.process.pid})`
    : `an earlier live change was interrupted, and what it changed on the host is not put back yet (${first.file})`;
  throw new RefstoreError('LIVE_REFUSED', `${what}; nothing was changed`, {
    hint: first.isActive
      ? 'wait for it to end'
      : 'run refstore check as root: any command puts it back first',
    details: { journal: first.file },
  });
}

const pullsAtOnce = 8;
/** Go's resolver keeps what it read of /etc/hosts for 5 seconds (cacheMaxAge of package net). */
const hostsTimeoutMs = 30_000;
const hostsProbeMs = 5_000;

async function carryOut(
  locked: LockedStore,
  snapshot: Snapshot,
  planned: CommitResult,
  prepared: PreparedLive,
  options: ApplyLiveOptions & { readonly stateFolder: string },
): Promise<{ receipt: LiveReceipt; backup: CommitResult['backup'] }> {
  const { engine, onStage, signal } = options;
  const { steps, domains, host } = prepared;
  const { dataRoot = '' } = locked.location;
  const pulls = steps.flatMap(({ step }) => (step.way === 'pull' ? [step.pull] : []));
  const serving = await Serving.begin(domains, pulls);
  const change = await HostChange.begin(options.stateFolder, engine, dataRoot);
  const done: PreparedStep[] = [];
  let failure: unknown;
  let backup: CommitResult['backup'];
  try {
    backup = await backUp(snapshot);
    onStage?.('serving');
    const names = [...domains]
      .filter(([, how]) => how === 'hosts')
      .map(([domain]) => domain.replace(/:\d+$/, ''));
    if (names.length > 0) await change.addHosts(hostsFile, hostsAddress, [...new Set(names)]);
    const url = serving.mirrorUrl;
    if (url !== undefined && host?.daemonJson !== undefined) {
      await change.addMirror(url, host.daemonJson, host.daemon.identity);
    }
    await waitForHosts(prepared, options);
    onStage?.('changing');
    await runSteps(steps, done, options);
    onStage?.('verifying');
    await verify(locked, planned, engine);
  } catch (error) {
    failure = error;
  }
  const remaining = failure === undefined ? [] : await undo(done, engine, onStage);
  onStage?.('putting-back');
  const stuck = await change.putBack().then(
    () => undefined,
    (error: unknown) => error,
  );
  await serving.end();
  if (failure !== undefined) throw failed(failure, { remaining, stuck, signal, backup: backup?.id });
  if (stuck !== undefined) throw stuck;
  return { backup, receipt: receiptOf(steps, change, serving) };
}

/** The daemon writes the file, and keeps nothing of what it held. */
async function backUp(snapshot: Snapshot): Promise<CommitResult['backup']> {
  return withFolder(dirname(snapshot.file), async (parent) => {
    const made = await makeBackup(snapshot, parent, 'before a live change');
    // One too many does no harm, and the next write prunes again.
    await pruneBackups(snapshot.file, parent, 'usual').catch(() => undefined);
    return made?.backup;
  });
}

async function undo(
  done: readonly PreparedStep[],
  engine: Engine,
  onStage: ApplyLiveOptions['onStage'],
): Promise<string[]> {
  if (done.length === 0) return [];
  onStage?.('undoing');
  return undoSteps(
    done.map(({ step }) => step),
    engine,
  );
}

/** Tags, then digests, some at a time, then what is removed; `done` holds those that were made. */
async function runSteps(
  steps: readonly PreparedStep[],
  done: PreparedStep[],
  { engine, signal, onProgress }: ApplyLiveOptions,
): Promise<void> {
  const total = steps.length;
  let count = 0;
  const run = async (prepared: PreparedStep) => {
    if (signal?.aborted === true) throw abortError(signal);
    const { step } = prepared;
    const isReplaced = step.way === 'pull' && step.change.op === 'move';
    // The daemon overwrites no digest, so the entry is gone from here on, whatever the pull does.
    if (isReplaced) {
      await takeAway(step.change, engine);
      done.push(prepared);
    }
    await runStep(prepared, engine);
    if (!isReplaced) done.push(prepared);
    onProgress?.({ done: ++count, total });
  };
  onProgress?.({ done: 0, total });
  const withMutex = (way: 'tag' | 'untag') => steps.filter(({ step }) => step.way === way);
  for (const prepared of withMutex('tag')) await run(prepared);
  // What is under way when one fails is waited for: it may be made yet, and has to be undone then.
  const underWay: Promise<void>[] = [];
  try {
    await forEachConcurrently(
      steps.filter(({ step }) => step.way === 'pull'),
      pullsAtOnce,
      (prepared) => {
        const running = run(prepared);
        underWay.push(running);
        return running;
      },
    );
  } finally {
    await Promise.allSettled(underWay);
  }
  for (const prepared of withMutex('untag')) await run(prepared);
}

/** Not broken off by a signal: the daemon would go on with it, and it could not be told whether it did. */
async function runStep({ step }: PreparedStep, engine: Engine): Promise<void> {
  const { reference } = step.change;
  if (step.way === 'untag') {
    await takeAway(step.change, engine);
    return;
  }
  const parsed = parseNormalizedNamed(reference);
  const repository = familiarName(parsed);
  if (step.way === 'tag') {
    if (step.change.op === 'remove') return;
    return await engine.tagImage(step.change.image, repository, parsed.tag ?? 'latest');
  }
  const { digest, platform } = step.pull;
  await engine.pullDigest(repository, digest, { platform });
}

/** @throws RefstoreError CHANGED_UNDERNEATH when it has become the last name since the plan was made */
async function takeAway(change: Change, engine: Engine): Promise<void> {
  if (change.op === 'add' || (await removeName(engine, change.reference, change.from))) return;
  throw new RefstoreError(
    'CHANGED_UNDERNEATH',
    `${change.reference} is now the last name of its image: the daemon would delete the image with it`,
    { hint: 'something else removed names at the same time: try again' },
  );
}

/** The daemon goes on for some seconds by what it read of /etc/hosts before: its first answer from there is waited for. */
async function waitForHosts(
  prepared: PreparedLive,
  { engine, signal }: Pick<ApplyLiveOptions, 'engine' | 'signal'>,
): Promise<void> {
  const first = prepared.steps.find(({ how }) => how === 'hosts')?.step;
  if (first?.way !== 'pull') return;
  const { domain, path, digest } = first.pull;
  const deadline = performance.now() + hostsTimeoutMs;
  while (performance.now() < deadline && signal?.aborted !== true) {
    const isSeen = await engine
      .isInRegistry(`${domain}/${path}@${digest}`, { timeoutMs: hostsProbeMs })
      .catch((error: unknown) => {
        if (error instanceof EngineError) return false; // it still waits for the registry elsewhere
        throw error;
      });
    if (isSeen) return;
    await pause(250);
  }
}

/** In the daemon's memory and in the file. @throws RefstoreError NOT_VERIFIED */
async function verify(locked: LockedStore, planned: CommitResult, engine: Engine): Promise<void> {
  const { missing } = await verifyApplied(engine, planned);
  const { repositories } = await locked.read();
  const unwritten = planned.changes.filter(({ repository, reference }) => {
    return repositories.entry(repository, reference) !== planned.repositories.entry(repository, reference);
  });
  const names = [...new Set([...missing, ...unwritten].map(({ reference }) => reference))];
  if (names.length === 0) return;
  const where = missing.length > 0 ? 'the daemon does not have' : `${locked.location.file} does not hold`;
  throw new RefstoreError(
    'NOT_VERIFIED',
    `the daemon was asked for the change and answered that it was made, but ${where} ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`,
    {
      hint: 'did something else tag, pull or remove these at the same time?',
      details: { references: names },
    },
  );
}

interface StateAfter {
  /** References that could not be undone. */
  readonly remaining: readonly string[];
  /** Why the host could not be put back; undefined where it was. */
  readonly stuck: unknown;
  readonly signal: AbortSignal | undefined;
  readonly backup: string | undefined;
}

/** What went wrong, and in which state the host is. */
function failed(failure: unknown, { remaining, stuck, signal, backup }: StateAfter): RefstoreError {
  const first = failure instanceof Error ? failure.message : String(failure);
  const state =
    remaining.length === 0
      ? 'what was done by then was undone: the references are as they were'
      : `and these could not be undone: ${remaining.join(', ')}`;
  const host = stuck === undefined ? '' : `; ${stuck instanceof Error ? stuck.message : String(stuck)}`;
  const isAborted = signal?.aborted === true && remaining.length === 0 && stuck === undefined;
  const isRefused = failure instanceof RefstoreError && failure.code === 'LIVE_REFUSED';
  const code =
    remaining.length > 0 || stuck !== undefined
      ? 'NOT_VERIFIED'
      : isAborted
        ? 'ABORTED'
        : isRefused
          ? 'LIVE_REFUSED'
          : 'WRITE_FAILED';
  const { hint, details } = failure instanceof RefstoreError ? failure : { hint: undefined, details: {} };
  return new RefstoreError(code, `${first}; ${state}${host}`, {
    hint,
    details: { ...details, remaining },
    outcome: { file: remaining.length > 0 ? 'new' : 'old', backup },
    cause: failure,
  });
}

function receiptOf(steps: readonly PreparedStep[], change: HostChange, serving: Serving): LiveReceipt {
  const { listening: listened, versionChecks, manifests } = serving;
  const refusedRequests = serving.refused.map(({ method, host, path }) => ({ method, host, path }));
  return {
    operations: steps.map(({ step: { change: one }, how }) => ({
      op: one.op,
      reference: one.reference,
      how,
    })),
    host: change.receipts,
    registry:
      listened.length === 0 ? undefined : { listened, versionChecks, manifests, refused: refusedRequests },
  };
}
