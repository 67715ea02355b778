import { randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { type ProcessIdentity, processStatus } from '../system/process.ts';
import { type DaemonJson, withMirrors, writeDaemonJson } from './daemon-json.ts';
import { reload } from './daemon-on-host.ts';
import { appendToHosts, hostsAddition, hostsLine } from './hosts-file.ts';
import { currentBootId, type Journal, writeJournal } from './journal.ts';
import { putBack } from './put-back.ts';

/** What was changed on the host for a live change. It is always put back before a receipt is given. */
export type HostReceipt =
  | {
      readonly what: 'registry-mirrors';
      readonly file: string;
      readonly mirrors: readonly string[];
      readonly putBack: true;
    }
  | { readonly what: 'hosts-line'; readonly file: string; readonly line: string; readonly putBack: true };

/** The changes on the host for the time of one live change: each is written to the journal before it is made. */
export class HostChange {
  readonly #folder: string;
  readonly #engine: Engine;
  readonly receipts: HostReceipt[] = [];
  #journal: Journal;
  #isWritten = false;

  private constructor(folder: string, engine: Engine, journal: Journal) {
    this.#folder = folder;
    this.#engine = engine;
    this.#journal = journal;
  }

  static async begin(folder: string, engine: Engine, dataRoot: string): Promise<HostChange> {
    const own = await processStatus(process.pid);
    return new HostChange(folder, engine, {
      schema: 'docker-refstore/live-journal/v1',
      id: `live-${randomBytes(8).toString('hex')}`,
      started: new Date().toISOString(),
      process: { pid: process.pid, startTime: own?.startTime ?? '', bootId: await currentBootId() },
      dataRoot,
      host: engine.host,
    });
  }

  /** Has the daemon ask this mirror of Docker Hub first, and those that it has after it. */
  async addMirror(url: string, json: DaemonJson, daemon: ProcessIdentity): Promise<void> {
    const { mirrors: mirrorsBefore } = await this.#engine.registries();
    const mirrorsMeanwhile = [url, ...mirrorsBefore];
    const { file, before } = json;
    await this.#record({
      daemonJson: {
        file,
        before: before === undefined ? null : before.bytes.toString('base64'),
        marks: before?.marks ?? null,
        madeFolder: before === undefined && !(await exists(dirname(file))),
        mirrorsBefore,
        mirrorsMeanwhile,
      },
    });
    this.receipts.push({ what: 'registry-mirrors', file, mirrors: mirrorsMeanwhile, putBack: true });
    await writeDaemonJson(json, withMirrors(json, mirrorsMeanwhile));
    await reload(this.#engine, this.#journal.dataRoot, daemon, mirrorsMeanwhile);
  }

  async addHosts(file: string, address: string, names: readonly string[]): Promise<void> {
    const line = hostsLine(address, names, this.#journal.id);
    const addition = await hostsAddition(file, line);
    await this.#record({ hosts: { file, addition } });
    this.receipts.push({ what: 'hosts-line', file, line: line.trimEnd(), putBack: true });
    await appendToHosts(file, addition);
  }

  /** @throws RefstoreError as putBack does: the journal stays, for the next run */
  async putBack(): Promise<void> {
    if (this.#isWritten) await putBack(this.#folder, this.#journal, this.#engine);
  }

  async #record(part: Partial<Journal>): Promise<void> {
    this.#journal = { ...this.#journal, ...part };
    this.#isWritten = true;
    await writeJournal(this.#folder, this.#journal);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
