import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Context } from '../framework/command.ts';
import type { Candidate, Slot } from './complete.ts';
import { startingWith } from './complete.ts';

/** What the shell does besides: ShellCompDirective of cobra v1.9.1 completions.go; values may be added up. */
export const directive = { default: 0, noSpace: 2, noFiles: 4, onlyFolders: 16 } as const;

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly directive: number;
}

const maxCandidates = 1000;

/** The candidates for a value, by what the help calls it. What is asked of the host is read only. */
export async function completeValue(
  { placeholder, before, typed }: Extract<Slot, { kind: 'value' }>,
  context: Context,
): Promise<Completion> {
  const kinds = placeholder.split('|');
  if (kinds.some((kind) => kind === 'DIR')) return { candidates: [], directive: directive.onlyFolders };
  const found: Candidate[] = [];
  let directives: number = directive.noFiles;
  for (const kind of kinds) {
    if (kind === 'FILE' || kind === 'ARCHIVE' || kind === '-') directives &= ~directive.noFiles;
    else if (kind === 'SOURCE') return completeSource(before, typed);
    else found.push(...(await namesFor(kind, context)));
  }
  const all = found.map((one) => ({ ...one, value: `${before}${one.value}` }));
  const candidates = startingWith(`${before}${typed}`, all).slice(0, maxCandidates);
  // RULE=LEVEL and REF=IMAGE go on behind the equals sign.
  return { candidates, directive: placeholder.includes('=') ? directives | directive.noSpace : directives };
}

async function namesFor(kind: string, context: Context): Promise<readonly Candidate[]> {
  switch (kind) {
    case 'REF':
    case 'REF@DIGEST':
      return referencesHere(context);
    case 'REF=IMAGE':
      return (await referencesHere(context)).map(({ value }) => ({ value: `${value}=` }));
    case 'NAME':
      return repositoriesHere(context);
    case 'IMAGE':
      return imagesHere(context);
    case 'ID':
      return backupsHere(context);
    case 'LEFT':
    case 'RIGHT':
      return sidesOfDiff(context);
    case 'RULE':
      return rules();
    case 'RULE=LEVEL':
      return (await rules()).map(({ value, ...one }) => ({ ...one, value: `${value}=` }));
    default:
      return [];
  }
}

async function entriesHere(context: Context) {
  const { openTarget } = await import('../target/target.ts');
  const store = await openTarget(context);
  const { repositories } = await store.read();
  return [...repositories.entries()];
}

async function referencesHere(context: Context): Promise<readonly Candidate[]> {
  const entries = await entriesHere(context);
  return entries.map(({ reference, imageId }) => ({ value: reference, summary: imageId.slice(0, 19) }));
}

async function repositoriesHere(context: Context): Promise<readonly Candidate[]> {
  const names = new Set((await entriesHere(context)).map(({ repository }) => repository));
  return [...names].map((value) => ({ value }));
}

async function imagesHere(context: Context): Promise<readonly Candidate[]> {
  const images = new Map((await entriesHere(context)).map(({ imageId, reference }) => [imageId, reference]));
  return [...images].map(([value, summary]) => ({ value, summary }));
}

async function backupsHere(context: Context): Promise<readonly Candidate[]> {
  const { openTarget } = await import('../target/target.ts');
  const store = await openTarget(context, { mayBeMissing: true });
  return (await store.backups()).map(({ id, time }) => ({ value: id, summary: time }));
}

async function sidesOfDiff(context: Context): Promise<readonly Candidate[]> {
  const backups = (await backupsHere(context)).map((one) => ({ ...one, value: `backup:${one.value}` }));
  return [
    { value: 'disk', summary: 'the file' },
    { value: 'live', summary: "the daemon's memory" },
    ...backups,
  ];
}

async function rules(): Promise<readonly Candidate[]> {
  const { allRules } = await import('../../check/rules/index.ts');
  return allRules.map(({ name, summary }) => ({ value: name, summary }));
}

/** `lock:` and a path: the shell knows no files behind a transport, so they are read here. */
async function completeSource(before: string, typed: string): Promise<Completion> {
  const colon = typed.indexOf(':');
  if (colon === -1) {
    const { transports } = await import('../../sources/parse-source.ts');
    const all = transports.map(({ name, usage }) => ({
      value: `${before}${name}:${name === 'docker' ? '//' : ''}`,
      summary: usage,
    }));
    const candidates = startingWith(`${before}${typed}`, all);
    return { candidates, directive: directive.noFiles | directive.noSpace };
  }
  const transport = typed.slice(0, colon + 1);
  if (transport === 'docker:' || transport === 'backup:')
    return { candidates: [], directive: directive.noFiles };
  const paths = await pathsStartingWith(typed.slice(colon + 1));
  const candidates = paths.map((path) => ({ value: `${before}${transport}${path}` }));
  const isFolder = paths.length === 1 && paths[0]?.endsWith('/') === true;
  return { candidates, directive: directive.noFiles | (isFolder ? directive.noSpace : 0) };
}

async function pathsStartingWith(path: string): Promise<string[]> {
  const folder = path === '' || path.endsWith('/') ? path : dirname(path) === '.' ? '' : `${dirname(path)}/`;
  const shown = folder.startsWith('//') ? folder.slice(1) : folder;
  const entries = await readdir(shown === '' ? '.' : shown, { withFileTypes: true });
  return entries
    .map((entry) => `${shown}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .filter((one) => one.startsWith(path))
    .slice(0, maxCandidates);
}
