import { connectEngine } from '../engine/connect.ts';
import type { Engine } from '../engine/engine.ts';
import { RefstoreError } from '../errors.ts';
import { readJournals, removeUnfinished } from './journal.ts';
import { putBack } from './put-back.ts';

export interface RecoverOptions {
  /** Default: connectEngine. */
  readonly connect?: ((host: string) => Engine) | undefined;
}

/** A live change that was killed. */
export interface Recovered {
  readonly journal: string;
  /** What it had changed, or was about to: files. */
  readonly files: readonly string[];
  /** Why it could not be put back; undefined where it was. */
  readonly problem: RefstoreError | undefined;
}

/** Puts back what live changes that were killed have left on the host. Those under way are left alone. */
export async function recoverLive(
  folder: string,
  { connect = (host) => connectEngine({ host }) }: RecoverOptions = {},
): Promise<Recovered[]> {
  const recovered: Recovered[] = [];
  for (const { file, journal, problem, isActive } of await readJournals(folder)) {
    if (isActive) continue;
    if (journal === undefined) {
      const unreadable = new RefstoreError('READ_FAILED', `${file} cannot be used: ${problem}`, {
        hint: 'it says what a live change had changed on this host: look at daemon.json and /etc/hosts, then remove it',
      });
      recovered.push({ journal: file, files: [], problem: unreadable });
      continue;
    }
    const files = [journal.daemonJson?.file, journal.hosts?.file].filter((one) => one !== undefined);
    try {
      await putBack(folder, journal, connect(journal.host));
      recovered.push({ journal: file, files, problem: undefined });
    } catch (error) {
      if (!(error instanceof RefstoreError)) throw error;
      recovered.push({ journal: file, files, problem: error });
    }
  }
  if (recovered.length > 0) await removeUnfinished(folder);
  return recovered;
}
