import { existsSync } from 'node:fs';
import type { DaemonPlace } from '../../dataroot/locate.ts';
import type { Engine, EngineInfo } from '../../engine/engine.ts';
import { RefstoreError } from '../../errors.ts';
import { escapeText } from '../../util/escape.ts';
import type { Context } from '../framework/command.ts';

/** Long enough for a busy daemon; a command must not hang on one that is stuck. */
const infoTimeoutMs = 5_000;

/** Whether a daemon keeps its images in containerd's store, and is the one that the global options mean. */
export async function isContainerds(
  running: RunningEngine | undefined,
  { globals }: Context,
): Promise<boolean> {
  if (running?.info.imageStore !== 'containerd' || globals.file !== undefined) return false;
  const { 'data-root': dataRoot } = globals;
  return dataRoot === undefined || (await worksOn(dataRoot, running));
}

/** Whether a daemon works on this data root, and does so on this host. */
export async function worksOn(dataRoot: string, running: RunningEngine): Promise<boolean> {
  return (await whyElsewhere(dataRoot, running)) === undefined;
}

/** Why a daemon is not the one that works on this data root of this host; undefined where it is. */
export async function whyElsewhere(
  dataRoot: string,
  { engine, info }: RunningEngine,
): Promise<string | undefined> {
  if (!isLocal(engine.host)) return 'is not on this host';
  const { whyOtherDaemon } = await import('../../engine/running.ts');
  return await whyOtherDaemon(info, dataRoot);
}

/** The daemon that --host, DOCKER_HOST or the docker context names, whether it runs or not. */
export async function engineOf(context: Context): Promise<Engine> {
  const { connectEngine } = await import('../../engine/connect.ts');
  const { globals, env } = context;
  return connectEngine({ host: globals.host, env, onWarning: (text) => void warnOnce(text, context) });
}

const warned = new WeakMap<Context, Set<string>>();

/** Where a daemon listens is looked up more than once in a command. */
async function warnOnce(text: string, context: Context): Promise<void> {
  const texts = warned.get(context) ?? new Set();
  warned.set(context, texts);
  if (texts.has(text)) return;
  texts.add(text);
  const { out } = context;
  await out.warn(out.errorColours.yellow(escapeText(`warning: ${text}`)));
}

export interface RunningEngine {
  readonly engine: Engine;
  readonly info: EngineInfo;
}

const asked = new WeakMap<Context, Promise<RunningEngine | undefined>>();
const unanswered = new WeakMap<Context, string>();

/** Why runningEngine gave none, where a daemon was asked or could not be. */
export function whyUnanswered(context: Context): string | undefined {
  return unanswered.get(context);
}

/** The daemon if it runs; undefined where none does, or we may not ask it. No daemon is started by asking. */
export function runningEngine(context: Context): Promise<RunningEngine | undefined> {
  let answer = asked.get(context);
  if (answer === undefined) {
    answer = ask(context);
    asked.set(context, answer);
  }
  return answer;
}

async function ask(context: Context): Promise<RunningEngine | undefined> {
  const { globals, out, signal } = context;
  if (!(await mayAnswer(context))) return undefined;
  const [{ EngineError }, { isSocketActivated }] = await Promise.all([
    import('../../engine/engine-error.ts'),
    import('../../engine/socket-activation.ts'),
  ]);
  try {
    const engine = await engineOf(context);
    if (await isSocketActivated(engine.host)) {
      await out.detail(`no daemon runs; asking ${engine.host} would start one, so it was not asked`);
      return undefined;
    }
    return { engine, info: await engine.info({ timeoutMs: infoTimeoutMs, signal }) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { host, file, 'data-root': dataRoot } = globals;
    const isAddress = error.reason === 'address';
    // A daemon that was named has to answer where it says which files are meant; the usual one need not be there.
    if (host !== undefined && (isAddress || (dataRoot ?? file) === undefined)) throw error;
    unanswered.set(context, error.message);
    if (isAddress) await warnOnce(`no daemon was asked: ${error.message}`, context);
    else if (host !== undefined) await warnOnce(`${error.message}; only the files count`, context);
    else await out.detail(error.message);
    return undefined;
  }
}

/** Where the running daemon keeps its store: for locateStore. */
export async function askDaemon(context: Context): Promise<DaemonPlace | undefined> {
  const running = await runningEngine(context);
  if (running === undefined) return undefined;
  const { engine, info } = running;
  const elsewhere = await whyElsewhere(info.dataRoot, running);
  if (elsewhere === undefined) return { dataRoot: info.dataRoot, driver: info.driver };
  if (context.globals['data-root'] !== undefined) return undefined;
  throw new RefstoreError('ENGINE_FAILED', `the Docker daemon at ${engine.host} ${elsewhere}`, {
    hint: 'run refstore there: it works on files; or name the data root with --data-root',
    details: { host: engine.host },
  });
}

/**
 * Whether it is worth loading the API client: a unix socket that is not there answers nobody. That saves a
 * third of the start-up of `ls` on a host whose daemon is down.
 */
export async function mayAnswer(context: Context): Promise<boolean> {
  const { globals, env } = context;
  if (globals.host !== undefined) return true;
  const [{ resolveEndpoint }, { EngineError }] = await Promise.all([
    import('../../engine/endpoint.ts'),
    import('../../engine/engine-error.ts'),
  ]);
  try {
    const endpoint = resolveEndpoint(undefined, env, (text) => void warnOnce(text, context));
    if (endpoint.kind !== 'unix') return true;
    return existsSync(endpoint.socketPath);
  } catch (error) {
    if (error instanceof EngineError) return true;
    throw error;
  }
}

/** Whether a daemon's data root is a folder of this host. */
export function isLocal(host: string): boolean {
  return host.startsWith('unix://') || /^tcp:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\]):/.test(host);
}
