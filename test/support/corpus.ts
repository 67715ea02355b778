import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../../src/check/finding.ts';
import type { RepairPolicy } from '../../src/check/repair/policy.ts';
import { parseRequired } from '../../src/check/require/required.ts';
import type { Claim } from '../../src/facts/claim.ts';
import type {
  DataRootFacts,
  DigestProof,
  Facts,
  FileFacts,
  ImageFacts,
  ImageStoreFacts,
  LiveFacts,
} from '../../src/facts/facts.ts';
import type { Operation } from '../../src/repositories/patch.ts';

const folder = fileURLToPath(new URL('../../fixtures/corpus/', import.meta.url));

/** host.json, and what a case says instead. */
interface Host
  extends Pick<
    DataRootFacts,
    'containers' | 'otherStores' | 'problems' | 'blockedFolders' | 'layerDataUnread' | 'containerdMetadata'
  > {
  /** null: the image db could not be read, as `imagesUnread` says. */
  readonly images: Readonly<Record<string, ImageFacts>> | null;
  readonly imagesUnread?: DataRootFacts['imagesUnread'];
  readonly digestProofs: readonly DigestProof[];
  readonly imageStore?: ImageStoreFacts;
  readonly live?: LiveFacts;
  readonly containerdRecords?: Facts['containerdRecords'];
  readonly moveTo?: Facts['moveTo'];
}

/** case.json; fixtures/corpus/README.md says what each field is. */
export interface CorpusCase {
  readonly about: string;
  readonly file?: Partial<FileFacts>;
  readonly host?: Partial<Host>;
  readonly required?: { readonly source: string; readonly text: string };
  readonly claims?: readonly Claim[];
  readonly policy?: RepairPolicy;
  readonly findings: readonly (Omit<Finding, 'at' | 'args'> & { readonly offset?: number })[];
  readonly plan: {
    readonly rewrite: boolean;
    readonly operations: readonly Operation[];
    readonly questions?: readonly string[];
    readonly untagged?: readonly string[];
    readonly unproven?: readonly string[];
    readonly absent?: readonly string[];
  };
  readonly left: readonly string[];
}

export async function corpusNames(): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

export async function readCase(name: string): Promise<{
  case: CorpusCase;
  facts: Facts;
  before: Uint8Array | undefined;
  after: Uint8Array | undefined;
}> {
  const given = JSON.parse(await readFile(`${folder}${name}/case.json`, 'utf8')) as CorpusCase;
  const host = { ...(JSON.parse(await readFile(`${folder}host.json`, 'utf8')) as Host), ...given.host };
  const before = await readIfThere(`${folder}${name}/before.json`);
  const { images, imagesUnread, containers, otherStores, problems, digestProofs, imageStore, live } = host;
  const { blockedFolders, layerDataUnread, containerdMetadata, containerdRecords, moveTo } = host;
  const facts: Facts = {
    file: fileFacts(before, given.file),
    dataRoot: {
      path: '/var/lib/docker',
      driver: 'overlay2',
      why: 'the only one there',
      ...(images && { images: new Map(Object.entries(images)) }),
      ...(imagesUnread && { imagesUnread }),
      containers,
      otherStores,
      problems,
      ...(blockedFolders && { blockedFolders }),
      ...(layerDataUnread && { layerDataUnread }),
      ...(containerdMetadata && { containerdMetadata }),
    },
    digestProofs,
    ...(imageStore && { imageStore }),
    ...(live && { live }),
    ...(containerdRecords && { containerdRecords }),
    ...(moveTo && { moveTo }),
    ...(given.required && {
      required: parseRequired(given.required.text, { source: given.required.source }),
    }),
  };
  return { case: given, facts, before, after: await readIfThere(`${folder}${name}/after.json`) };
}

/** A regular file with these bytes, as the daemon leaves it. */
export function fileFacts(bytes: Uint8Array | undefined, other: Partial<FileFacts> = {}): FileFacts {
  return {
    path: '/var/lib/docker/image/overlay2/repositories.json',
    kind: 'file',
    mode: 0o600,
    uid: 0,
    gid: 0,
    folder: { uid: 0, gid: 0 },
    leftovers: [],
    ...(bytes === undefined ? {} : { bytes, sha256: createHash('sha256').update(bytes).digest('hex') }),
    ...other,
  };
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
