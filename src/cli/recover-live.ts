import { readdirSync } from 'node:fs';
import { stateFolder } from '../live/state-folder.ts';
import { escapeText } from '../util/escape.ts';
import type { Context } from './framework/command.ts';

/**
 * Before any command: a live change that was killed may have left a mirror in daemon.json or a line in /etc/hosts, and
 * both go away now. Costs one system call where there was none.
 */
export async function recoverInterrupted(context: Context): Promise<void> {
  const folder = stateFolder(context.env);
  if (!hasJournals(folder)) return;
  const [{ recoverLive }, { connectEngine }] = await Promise.all([
    import('../live/recover.ts'),
    import('../engine/connect.ts'),
  ]);
  const { out, env } = context;
  for (const { files, journal, problem } of await recoverLive(folder, {
    connect: (host) => connectEngine({ host, env }),
  })) {
    const what = files.length === 0 ? journal : files.join(' and ');
    if (problem === undefined) {
      await out.warn(
        escapeText(`a live change was interrupted earlier: what it had changed was put back (${what})`),
      );
      continue;
    }
    const text = `a live change was interrupted earlier, and what it changed is not put back (${what}): ${problem.message}`;
    await out.warn(out.errorColours.yellow(escapeText(`warning: ${text}`)));
    if (problem.hint !== undefined) await out.warn(escapeText(`  ${problem.hint}`));
  }
}

function hasJournals(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.startsWith('live-'));
  } catch {
    return false; // there is none, or it is root's
  }
}
