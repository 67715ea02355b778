import { readFile } from 'node:fs/promises';

/** One of fixtures/vectors: what Docker's own code answered, a JSON document a line. */
export async function readVectors<T>(name: string): Promise<T[]> {
  const text = await readFile(new URL(`../../fixtures/vectors/${name}`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}
