import type { PlannedRestore } from '../../digests/restore.ts';
import type { PlannedImage } from '../../load/plan-load.ts';
import type { PlannedLoads, PlannedPart } from '../../load/plan-loads.ts';
import { escapeText } from '../../util/escape.ts';
import type { Context } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import type { Output } from '../framework/output.ts';
import { plural } from '../framework/plural.ts';
import { formatTable } from '../framework/table.ts';
import { documentOf, linesOf, type Outcome } from '../write/outcome.ts';
import { countRestored, isDone, restoreDocument } from './restore.ts';

/** What was done. */
export interface Done {
  /** Of the reference store; undefined where no digest is to be written to it. */
  readonly file: string | undefined;
  readonly digests: PlannedRestore | undefined;
  /** The daemon's words; undefined for a dry run. */
  readonly said: readonly string[] | undefined;
  readonly outcome: Outcome | undefined;
}

/** What will be loaded, for people, before anything is asked. */
export function describeLoad({
  archive,
  images,
  moved,
  remarks,
  imageStore,
  isThere,
}: PlannedPart): string[] {
  if (isThere) return [escapeText(`${archive} is not loaded again: its images are here under their names`)];
  const store = imageStore === 'containerd' ? 'the containerd image store' : "the daemon's own image store";
  return [
    `${archive} is loaded into ${store}:`,
    ...images.map(describeImage),
    ...moved.map(({ tag, from }) => `  ${tag} moves away from ${from}`),
    ...remarks,
  ].map(escapeText);
}

function describeImage({ imageId, platform, tags }: PlannedImage): string {
  const names = tags.length === 0 ? 'without a name' : `as ${tags.join(', ')}`;
  return `  ${imageId}${platform === undefined ? '' : ` (${platform})`} ${names}`;
}

/** The result; gives the exit status. */
export async function conclude(planned: PlannedLoads, done: Done, { out }: Context): Promise<number> {
  const { digests, said } = done;
  const status = digests === undefined || isDone(digests) ? exitStatus.done : exitStatus.findings;
  if (out.json) await out.printJson('load', documentOfLoad(planned, done));
  else {
    if (planned.parts.length > 1) await out.print(archiveTable(planned, said === undefined, out));
    await out.print(
      resultLines(planned, done)
        .map((line) => `${line}\n`)
        .join(''),
    );
  }
  if (said !== undefined) for (const line of said) await out.detail(line);
  return said === undefined ? exitStatus.done : status;
}

/** Several archives: one table, a line for each. */
function archiveTable({ parts }: PlannedLoads, isDryRun: boolean, { columns, colours }: Output): string {
  const done = isDryRun ? 'would be loaded' : 'loaded';
  return formatTable(
    [
      { title: 'ARCHIVE', text: ({ archive }) => archive },
      { title: 'IMAGES', text: ({ images }) => String(images.length) },
      { title: 'RESULT', text: ({ isThere }) => (isThere ? 'there already' : done) },
      { title: 'NAMES', text: ({ images }) => images.flatMap(({ tags }) => tags).join(', ') },
    ],
    parts,
    columns,
    colours,
  );
}

function resultLines(
  { archive, images, imageStore, parts }: PlannedLoads,
  { file = '', digests, said, outcome }: Done,
): string[] {
  const isDryRun = said === undefined;
  const sent = parts.filter(({ isThere }) => !isThere);
  const count = plural(sent.flatMap((part) => part.images).length, 'image');
  const there = parts.length - sent.length;
  const held = images.flatMap(({ digest, tags }) =>
    imageStore === 'containerd' && digest !== undefined && !isDryRun
      ? tags.map((tag) => `${tag} is ${digest}: the daemon says so`)
      : [],
  );
  return [
    `${isDryRun ? 'would be loaded' : 'loaded'}: ${count} of ${archive}${there === 0 ? '' : `, ${plural(there, 'archive')} there already`}`,
    ...held,
    ...(outcome === undefined || digests === undefined ? [] : linesOf(file, outcome)),
    ...(digests === undefined ? [] : [countRestored(digests, isDryRun)]),
  ].map(escapeText);
}

function documentOfLoad(
  { archive, imageStore, images, moved, remarks, parts }: PlannedLoads,
  { file = '', digests, said, outcome }: Done,
): Readonly<Record<string, unknown>> {
  return {
    archive: parts.length === 1 ? archive : null,
    archives: parts.map((part) => ({
      archive: part.archive,
      images: part.images.length,
      alreadyThere: part.isThere,
    })),
    imageStore,
    images: images.map((image) => ({
      ...image,
      digest: image.digest ?? null,
      platform: image.platform ?? null,
    })),
    moved,
    remarks,
    dryRun: said === undefined,
    said: said ?? [],
    digests: digests === undefined ? null : restoreDocument(digests),
    write: outcome === undefined ? null : documentOf(file, outcome),
  };
}
