import type { Engine } from '../../engine/engine.ts';
import type { Change } from '../../repositories/change.ts';
import { countChanges, formatChanges } from '../formatters/changes.ts';
import { type Context, defineCommand } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { text } from '../framework/options.ts';
import { one } from '../framework/positionals.ts';
import { UsageError } from '../framework/usage-error.ts';
import { writeDocument } from '../framework/write-document.ts';
import { type DiffInput, readDiffInput } from '../target/diff-input.ts';

const what = 'a file (- for standard input), disk, live, or backup:ID';

export const diff = defineCommand({
  name: 'diff',
  description:
    "Shows what leads from LEFT to RIGHT, entry by entry. `disk` is the store, `live` the daemon's memory as its API shows it, `backup:ID` one of the backups; a file of such a name is written ./disk. With --json, and in the file of --out, it is a patch document that turns LEFT into RIGHT.",
  options: { out: text('FILE', 'write the patch document to a file') },
  positionals: { left: one('LEFT', what), right: one('RIGHT', what) },
  examples: [
    { line: 'diff disk live', what: 'whether a restart is pending, or an edit about to be lost' },
    { line: 'diff old.json disk', what: 'what has changed since a copy was made' },
    { line: 'diff --out p.json disk wanted.json', what: 'a patch to carry to another host' },
  ],
  statuses: { [exitStatus.findings]: 'there are differences' },
  async run({ options, positionals }, context) {
    const left = await readDiffInput(positionals.left, context);
    const right = await readDiffInput(positionals.right, context);
    const changes = await compare(left, right, context);
    const { out } = context;
    if (out.json || options.out !== undefined)
      await writePatch(changes, left, { ...options, right: positionals.right }, context);
    if (!out.json) await out.print(formatChanges(changes, out.columns, out.colours));
    await out.note(countChanges(changes));
    return changes.length === 0 ? exitStatus.done : exitStatus.findings;
  },
});

async function compare(left: DiffInput, right: DiffInput, context: Context): Promise<Change[]> {
  if (left.kind === 'live') {
    if (right.kind === 'live') throw new UsageError("both sides are the daemon's memory");
    return (await compareLive(left.engine, right, context)).map(inverse);
  }
  if (right.kind === 'live') return compareLive(right.engine, left, context);
  const { diffRepositories } = await import('../../repositories/diff.ts');
  return diffRepositories(left.repositories, right.repositories);
}

/**
 * Only what the API can show of the daemon's memory is compared.
 * @throws EngineError when the store is that of another daemon
 */
async function compareLive(
  engine: Engine,
  { repositories, dataRoot }: DiffInput & { kind: 'bytes' },
  { signal }: Context,
): Promise<Change[]> {
  const [{ verifyLive }, { requireSameDataRoot }] = await Promise.all([
    import('../../engine/live.ts'),
    import('../../engine/running.ts'),
  ]);
  if (dataRoot !== undefined) await requireSameDataRoot(engine, await engine.info({ signal }), dataRoot);
  return verifyLive(engine, repositories, { signal });
}

function inverse(change: Change): Change {
  const { repository, reference } = change;
  if (change.op === 'add') return { op: 'remove', repository, reference, from: change.image };
  if (change.op === 'remove') return { op: 'add', repository, reference, image: change.from };
  return { op: 'move', repository, reference, from: change.image, image: change.from };
}

async function writePatch(
  changes: readonly Change[],
  left: DiffInput,
  { out: file, right }: { readonly out?: string | undefined; readonly right: string },
  { out, program }: Context,
): Promise<void> {
  const [{ patchFromChanges }, { serializePatch }, { refuseUnwritable }] = await Promise.all([
    import('../../repositories/patch.ts'),
    import('../../repositories/serialize-patch.ts'),
    import('../../repositories/unwritable.ts'),
  ]);
  refuseUnwritable(
    changes,
    right === '-' ? 'standard input' : right,
    `repair that file first (${program} repair --file FILE); exact bytes are put back with ${program} rollback; without --json and --out the differences are shown`,
  );
  const sha256 = left.kind === 'live' ? undefined : left.sha256;
  const document = serializePatch(patchFromChanges(changes, sha256 === undefined ? undefined : { sha256 }));
  if (file !== undefined) await writeDocument(file, document);
  if (out.json) await out.printLines(document);
}
