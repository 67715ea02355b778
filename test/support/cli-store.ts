import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lay, temporaryFolder } from './temporary-folder.ts';

export const idA = `sha256:${'a'.repeat(64)}`;
export const idB = `sha256:${'b'.repeat(64)}`;
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
    await lay(dataRoot, { [`${folder}/imagedb/content/sha256/${id.slice(7)}`]: '{}' });
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
