import type { DataRootFacts, Facts, FileFacts, ImageFacts } from '../../src/facts/facts.ts';
import { fileFacts } from './corpus.ts';

export const imageA = `sha256:${'a'.repeat(64)}`;
export const imageB = `sha256:${'b'.repeat(64)}`;
/** Not in any data root. */
export const ghost = `sha256:${'0'.repeat(64)}`;
export const digestA = `sha256:${'1'.repeat(64)}`;
export const digestB = `sha256:${'2'.repeat(64)}`;

export const good: ImageFacts = { state: 'ok' };

/** A store as text. */
export function store(repositories: unknown): string {
  return JSON.stringify({ Repositories: repositories });
}

/** A file by itself. */
export function file(text: string | Uint8Array | undefined, other: Partial<FileFacts> = {}): Facts {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return { file: fileFacts(bytes, other) };
}

/** A file in a data root that has the images a and b, or those that are given. */
export function host(
  repositories: unknown,
  other: Partial<DataRootFacts> = {},
  facts: Partial<Facts> = {},
): Facts {
  const dataRoot: DataRootFacts = {
    path: '/var/lib/docker',
    driver: 'overlay2',
    why: 'the only one there',
    images: new Map([
      [imageA, good],
      [imageB, good],
    ]),
    containers: [],
    otherStores: [],
    problems: [],
    ...other,
  };
  return { ...file(store(repositories)), dataRoot, ...facts };
}

/** A store in which both images have a tag. */
export const tagged = { a: { 'a:1': imageA }, b: { 'b:1': imageB } };
