import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from './data-root.ts';
import { lay, temporaryFolder } from './temporary-folder.ts';

/** Configs of images without layers, by their IDs, which are their hashes. */
const configs = new Map(
  ['A', 'B'].map((name) => {
    const config = JSON.stringify({ os: 'linux', name, rootfs: { type: 'layers' } });
    return [digestOf(config), config] as const;
  }),
);
export const [idA, idB] = [...configs.keys()] as [string, string];

/** The config of one of these images; of another, something that is none. */
export function configOf(imageId: string): string {
  return configs.get(imageId) ?? '{}';
}

export const digestA = `sha256:${'1'.repeat(64)}`;
export const digestB = `sha256:${'2'.repeat(64)}`;

/** alpine:3.20 and its digest at A, app:1 at B. */
export const healthy = repositories({
  alpine: { 'alpine:3.20': idA, [`alpine@${digestA}`]: idA },
  app: { 'app:1': idB },
});

export function repositories(buckets: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  return JSON.stringify({ Repositories: buckets });
}

export interface CliStore {
  readonly dataRoot: string;
  readonly file: string;
  /** The global options that name it. */
  readonly at: readonly string[];
  content(): Promise<string>;
  /** Names beside the file. */
  beside(): Promise<string[]>;
}

/** A data root without a daemon, that has the images A and B. `content` null leaves the file out. */
export async function cliStore(content: string | null = healthy): Promise<CliStore> {
  const dataRoot = await temporaryFolder();
  const folder = 'image/overlay2';
  for (const id of [idA, idB])
    await lay(dataRoot, { [`${folder}/imagedb/content/sha256/${id.slice(7)}`]: configOf(id) });
  await lay(dataRoot, { 'overlay2/': '' });
  if (content !== null) await lay(dataRoot, { [`${folder}/repositories.json`]: content });
  const file = join(dataRoot, folder, 'repositories.json');
  return {
    dataRoot,
    file,
    at: ['--data-root', dataRoot],
    content: () => readFile(file, 'utf8'),
    beside: async () =>
      (await readdir(join(dataRoot, folder))).filter((name) => name !== 'repositories.json').sort(),
  };
}
