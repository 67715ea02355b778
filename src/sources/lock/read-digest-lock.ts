import { provenImages } from '../../oci/digest-proofs.ts';
import { platformOfConfig } from '../../oci/platform.ts';
import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName, familiarString } from '../../reference/reference.ts';
import { escapeText, quoted } from '../../util/escape.ts';

import { parseJson } from '../../util/json.ts';
import type { DescribedDigest, Evidence, ProvenManifest } from '../evidence/evidence.ts';
import { mismatch, proveManifest } from '../evidence/prove.ts';
import { sourceFailed } from '../evidence/source-failed.ts';
import type { ReadableLockDocument } from './digest-lock.ts';

export interface ReadDigestLockOptions {
  /** As in --from. */
  readonly source: string;
  /** The file, for messages. */
  readonly place: string;
}

/**
 * Reads a digest lock and trusts nothing in it: every manifest is hashed again, and every digest has to
 * be proven by them for its image.
 * @throws RefstoreError SOURCE_FAILED, which says where and what
 */
export async function readDigestLock(bytes: Buffer, options: ReadDigestLockOptions): Promise<Evidence> {
  const { source, place } = options;
  const document = await parseLock(bytes, options);
  const manifests = new Map<string, ProvenManifest>();
  for (const [index, { digest, data }] of document.manifests.entries()) {
    const proven = proveManifest(Buffer.from(data, 'base64'), digest);
    if ('problem' in proven)
      throw refused(options, `manifests[${index}] (${shown(digest)}): ${proven.reason}`);
    manifests.set(digest, proven);
  }
  const configs = readConfigs(document, options);
  const describedDigests: DescribedDigest[] = [];
  const platforms = new Map<string, string>();
  for (const [index, locked] of document.digests.entries()) {
    const { reference, digest, image, platform, tags } = locked;
    const where = `digests[${index}] (${shown(reference)})`;
    const parsed = tryParseNormalizedNamed(reference);
    if (parsed?.digest !== digest || familiarString(parsed) !== reference) {
      throw refused(options, `${where}: it is not a repository with the digest ${shown(digest)}`);
    }
    const manifest = manifests.get(digest)?.manifest;
    if (manifest === undefined) throw refused(options, `${where}: its manifest is not in the document`);
    const proven = provenImages(manifest, manifests);
    if (!proven.includes(image)) {
      const instead = proven.length === 0 ? 'no image' : proven.join(', ');
      throw refused(options, `${where}: its manifest proves ${instead}, not ${shown(image)}`);
    }
    const config = configs.get(image);
    const own = (config && platformOfConfig(config)) ?? platform;
    if (own !== undefined) platforms.set(image, own);
    const repository = familiarName(parsed);
    const base = { digest, repository, images: [image], detail: place };
    describedDigests.push(...tagsIn(repository, tags ?? [undefined]).map((tag) => ({ ...base, tag })));
  }
  const none = { unverified: [], withoutDigest: [], problems: [] };
  return { source, manifests, configs, describedDigests, platforms, tagProof: 'file', ...none };
}

function readConfigs(
  { configs = [] }: ReadableLockDocument,
  options: ReadDigestLockOptions,
): ReadonlyMap<string, Buffer> {
  const read = new Map<string, Buffer>();
  for (const [index, { digest, data }] of configs.entries()) {
    const bytes = Buffer.from(data, 'base64');
    const wrong = mismatch(bytes, digest);
    if (wrong !== undefined) throw refused(options, `configs[${index}] (${shown(digest)}): ${wrong.reason}`);
    read.set(digest, bytes);
  }
  return read;
}

async function parseLock(
  bytes: Buffer,
  { source, place }: ReadDigestLockOptions,
): Promise<ReadableLockDocument> {
  const parsed = parseJson(bytes);
  const hint = 'a digest lock is a file that refstore digests export writes';
  if ('problem' in parsed) throw sourceFailed(source, place, parsed.reason, { hint });
  const { digestLockProblems } = await import('./digest-lock-schema.ts');
  const problems = digestLockProblems(parsed.value);
  if (problems.length > 0) throw sourceFailed(source, place, escapeText(problems.join('; ')), { hint });
  return parsed.value as ReadableLockDocument;
}

/** Ignores an invalid tag, and a tag of another repository. */
function tagsIn(repository: string, tags: readonly (string | undefined)[]): (string | undefined)[] {
  const found = tags.flatMap((tag) => {
    const reference = tag === undefined ? undefined : tryParseNormalizedNamed(tag);
    return reference?.tag === undefined || familiarName(reference) !== repository ? [] : [reference.tag];
  });
  return found.length === 0 ? [undefined] : found;
}

function refused({ source, place }: ReadDigestLockOptions, problem: string) {
  return sourceFailed(source, place, problem, {
    hint: 'it was changed or is damaged: export it again, and do not trust the rest of it',
  });
}

function shown(text: string): string {
  return /^[\x21-\x7e]{1,300}$/.test(text) ? text : quoted(text);
}
