import { basename, dirname } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { daemonProcess } from '../engine/running.ts';
import { RefstoreError } from '../errors.ts';
import { removeLeftovers } from '../store/leftovers.ts';
import { readRegularFile } from '../system/regular-file.ts';
import { type DaemonJson, putBackDaemonJson, withMirrors, writeDaemonJson } from './daemon-json.ts';
import { reload } from './daemon-on-host.ts';
import { removeFromHosts } from './hosts-file.ts';
import { type Journal, type JournalDaemonJson, removeJournal } from './journal.ts';
import { withFolder } from './with-folder.ts';

/**
 * Puts everything back that a journal says was changed, or was about to be, and removes the journal: at the end of a
 * live change, and after one that was killed at whatever moment.
 * @throws RefstoreError ENGINE_FAILED, WRITE_FAILED: the journal stays
 */
export async function putBack(folder: string, journal: Journal, engine: Engine): Promise<void> {
  const { hosts, daemonJson } = journal;
  try {
    if (hosts !== undefined) {
      await removeFromHosts(hosts.file, hosts.addition);
      await removeTemporaries(hosts.file);
    }
    if (daemonJson !== undefined) {
      await putBackMirrors(daemonJson, journal, engine);
      await removeTemporaries(daemonJson.file);
    }
    await removeJournal(folder, journal);
  } catch (error) {
    if (error instanceof RefstoreError) throw error;
    throw new RefstoreError(
      'WRITE_FAILED',
      `what was changed on the host for a live change could not be put back: ${(error as Error).message}`,
      {
        hint: `${folder}/${journal.id}.json says what it was; the next refstore command tries again`,
        details: { files: [hosts?.file, daemonJson?.file].filter((file) => file !== undefined) },
        cause: error,
      },
    );
  }
}

/**
 * A daemon keeps its mirrors when their key is gone from daemon.json, so it is told those of before in so many words,
 * reads them, and only then the old bytes go back.
 */
async function putBackMirrors(
  record: JournalDaemonJson,
  { dataRoot }: Journal,
  engine: Engine,
): Promise<void> {
  const { file, mirrorsBefore, mirrorsMeanwhile, madeFolder } = record;
  const json = daemonJsonOf(record);
  const found = await readRegularFile(file, { limit: 1 << 20 });
  const now = found && Buffer.from(found.bytes);
  const meanwhile = withMirrors(json, mirrorsMeanwhile);
  const explicit = withMirrors(json, mirrorsBefore);
  const isOurs =
    now === undefined || [meanwhile, explicit, json.before?.bytes].some((one) => one?.equals(now));
  if (!isOurs) {
    await takeOutMirrors(record, now, { dataRoot, engine });
    return;
  }
  const daemon = await daemonProcess(dataRoot);
  if (daemon !== undefined && !(await hasMirrors(engine, mirrorsBefore))) {
    await writeDaemonJson(json, explicit);
    await reload(engine, dataRoot, daemon, mirrorsBefore);
  }
  await putBackDaemonJson(json, madeFolder);
  // A signal of the killed run may have been read since.
  if (daemon !== undefined && !(await hasMirrors(engine, mirrorsBefore))) {
    await writeDaemonJson(json, explicit);
    await reload(engine, dataRoot, daemon, mirrorsBefore);
    await putBackDaemonJson(json, madeFolder);
  }
}

/** Somebody edited the file while our mirror stood in it: theirs stays, and only ours goes. */
async function takeOutMirrors(
  { file, mirrorsBefore, mirrorsMeanwhile }: JournalDaemonJson,
  now: Buffer,
  { dataRoot, engine }: { dataRoot: string; engine: Engine },
): Promise<void> {
  const text = now.toString('utf8');
  const key = `"registry-mirrors":`;
  const added = `${key}${JSON.stringify(mirrorsMeanwhile)}`;
  const at = text.indexOf(added);
  const daemon = await daemonProcess(dataRoot);
  const isChanged = daemon !== undefined && !(await hasMirrors(engine, mirrorsBefore));
  if (at === -1) {
    if (!isChanged) return;
    throw new RefstoreError(
      'WRITE_FAILED',
      `${file} was edited since, and the daemon still has the mirrors ${JSON.stringify(mirrorsMeanwhile)}`,
      {
        hint: `write "registry-mirrors": ${JSON.stringify(mirrorsBefore)} into ${file}, send SIGHUP to the daemon, and run refstore again`,
        details: { file, mirrorsBefore, mirrorsMeanwhile },
      },
    );
  }
  const json = await asItStands(file, now);
  const rest = text.slice(at + added.length);
  if (isChanged) {
    const explicit = `${text.slice(0, at)}${key}${JSON.stringify(mirrorsBefore)}${rest}`;
    await writeDaemonJson(json, Buffer.from(explicit));
    await reload(engine, dataRoot, daemon, mirrorsBefore);
  }
  await writeDaemonJson(json, Buffer.from(text.slice(0, at).replace(/,$/, '') + rest));
}

async function asItStands(file: string, bytes: Buffer): Promise<DaemonJson> {
  const { marksOf } = await import('./replace-bytes.ts');
  return { file, before: { bytes, marks: await marksOf(file) } };
}

function daemonJsonOf({ file, before, marks }: JournalDaemonJson): DaemonJson {
  return {
    file,
    before: before === null || marks === null ? undefined : { bytes: Buffer.from(before, 'base64'), marks },
  };
}

async function hasMirrors(engine: Engine, mirrors: readonly string[]): Promise<boolean> {
  const { mirrors: has } = await engine.registries();
  return has.length === mirrors.length && has.every((one, index) => one === mirrors[index]);
}

/** What a killed run left beside a file that it was replacing. */
async function removeTemporaries(file: string): Promise<void> {
  const name = basename(file).replaceAll('.', '\\.');
  const pattern = new RegExp(`^${name}\\.refstore-[0-9a-f]{16}$`);
  await withFolder(dirname(file), (folder) => removeLeftovers(folder, pattern)).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error; // the folder was ours, and is gone again
    },
  );
}
