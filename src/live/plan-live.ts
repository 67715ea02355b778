import type { ImageIndex, ImageManifest } from '../oci/manifest.ts';
import { parseNormalizedNamed, tryParseNormalizedNamed } from '../reference/parse.ts';
import { familiarName, type Reference } from '../reference/reference.ts';
import type { Change } from '../repositories/change.ts';
import { keyProblem, placeProblem } from '../repositories/patch.ts';
import type { Repositories } from '../repositories/repositories.ts';

/** A manifest or index whose bytes hash to its digest. */
export interface KnownManifest {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly manifest: ImageManifest | ImageIndex;
}

/**
 * What the daemon does for one change.
 * - `tag`: POST /images/ID/tag
 * - `untag`: DELETE /images/REFERENCE
 * - `pull`: POST /images/create by digest; where the entry is at another image, `untag` before it
 */
export type LiveStep =
  | { readonly way: 'tag'; readonly change: Change }
  | { readonly way: 'untag'; readonly change: Change }
  | { readonly way: 'pull'; readonly change: Change; readonly pull: DigestPull };

/** What the daemon has to be given for a pull by digest of an image that is here. */
export interface DigestPull {
  /** `docker.io`, `localhost:5000`, `registry.example.com`. */
  readonly domain: string;
  /** As registries know it: `library/alpine`. */
  readonly path: string;
  readonly digest: string;
  /** The manifest, or the index and those that lead from it to the image; nothing that leads to another one. */
  readonly manifests: readonly KnownManifest[];
  /** Of an index: the platform that its entry for the image names. */
  readonly platform: string | undefined;
}

/** A change that a running daemon cannot be asked for. */
export interface NotLive {
  readonly change: Change;
  /** Completes "cannot be made live: …". */
  readonly reason: string;
}

export interface LivePlan {
  /** In the order in which they are done: what adds before what removes. */
  readonly steps: readonly LiveStep[];
  readonly impossible: readonly NotLive[];
}

export interface LiveFacts {
  /** The file as it is, which is what the daemon has in memory. */
  readonly before: Repositories;
  /** The images that the daemon has, or will have when the change is made. */
  readonly images: ReadonlySet<string>;
  /** By digest. */
  readonly manifests: ReadonlyMap<string, KnownManifest>;
}

/**
 * How a running daemon makes each change itself, and which it cannot make. An image keeps a name at every moment,
 * since the daemon removes one with its last name (moby v28.5.2 daemon/images/image_delete.go).
 */
export function planLive(changes: readonly Change[], facts: LiveFacts): LivePlan {
  const impossible: NotLive[] = [];
  const tags: LiveStep[] = [];
  const pulls: LiveStep[] = [];
  const removed: Change[] = [];
  for (const change of changes) {
    const step = stepFor(change, facts);
    if (typeof step === 'string') impossible.push({ change, reason: step });
    else if (step.way === 'tag') tags.push(step);
    else if (step.way === 'pull') pulls.push(step);
    else removed.push(change);
  }
  const names = namesByImage(facts.before);
  for (const { change } of tags) move(names, change);
  for (const { change } of pulls) {
    const reason = change.op === 'move' ? lossByRemoval(names, change.reference, change.from) : undefined;
    if (reason !== undefined) impossible.push({ change, reason });
    move(names, change);
  }
  // Digests first: with the last tag of its repository the daemon would remove them, too.
  const ordered = [...removed.filter(isOfDigest), ...removed.filter((change) => !isOfDigest(change))];
  for (const change of ordered) {
    const reason = change.op === 'remove' ? lossByRemoval(names, change.reference, change.from) : undefined;
    if (reason !== undefined) impossible.push({ change, reason });
    else move(names, change);
  }
  const refused = new Set(impossible.map(({ change }) => change));
  const untags = ordered.map((change): LiveStep => ({ way: 'untag', change }));
  return {
    steps: [...tags, ...pulls, ...untags].filter(({ change }) => !refused.has(change)),
    impossible,
  };
}

function isOfDigest({ reference }: Change): boolean {
  return reference.includes('@');
}

/** The step, or why the daemon cannot make the change. */
function stepFor(change: Change, { images, manifests }: LiveFacts): LiveStep | string {
  const { op, reference } = change;
  const odd = keyProblem(reference) ?? placeProblem({ ...change, op: 'add', image: '' } as Change);
  if (odd !== undefined) return `no request to the daemon can name the entry: ${odd}`;
  if (op !== 'add' && isOfDigest(change) && !images.has(change.from)) return ghost(change.from, 'digest');
  if (op === 'remove') {
    return images.has(change.from) ? { way: 'untag', change } : ghost(change.from, 'tag');
  }
  if (!images.has(change.image)) return `the daemon does not have the image ${short(change.image)}`;
  if (!isOfDigest(change)) return { way: 'tag', change };
  const pull = pullFor(parseNormalizedNamed(reference), change.image, manifests);
  return typeof pull === 'string' ? pull : { way: 'pull', change, pull };
}

function ghost(imageId: string, kind: 'digest' | 'tag'): string {
  const does = kind === 'digest' ? 'neither removes nor overwrites' : 'does not remove';
  return `it is at the image ${short(imageId)}, which is gone: the daemon ${does} such an entry`;
}

function pullFor(
  reference: Reference,
  imageId: string,
  manifests: LiveFacts['manifests'],
): DigestPull | string {
  const { domain, path, digest = '' } = reference;
  const top = manifests.get(digest);
  if (top === undefined) return 'no manifest at hand has this digest, and the daemon has to be shown it';
  const way = wayTo(imageId, top, manifests, maxIndexDepth);
  if (way === undefined) return `the manifests at hand do not prove it for the image ${short(imageId)}`;
  return { domain, path, digest, manifests: way.manifests, platform: way.platform };
}

/** An index may name another index, which names manifests. */
const maxIndexDepth = 2;

interface Way {
  readonly manifests: readonly KnownManifest[];
  readonly platform: string | undefined;
}

/** From a manifest or index to the manifest whose config is the image. */
function wayTo(
  imageId: string,
  top: KnownManifest,
  manifests: LiveFacts['manifests'],
  depth: number,
): Way | undefined {
  const { manifest } = top;
  if (manifest.kind === 'manifest') {
    return manifest.config === imageId ? { manifests: [top], platform: undefined } : undefined;
  }
  if (depth === 0) return undefined;
  for (const { digest, platform, isAttestation } of manifest.manifests) {
    const child = isAttestation ? undefined : manifests.get(digest);
    const rest = child && wayTo(imageId, child, manifests, depth - 1);
    if (rest !== undefined) {
      return { manifests: [top, ...rest.manifests], platform: rest.platform ?? platform };
    }
  }
  return undefined;
}

/** The names by which the daemon knows each image, as it counts them: odd entries are in none of its lookups. */
type Names = Map<string, Set<string>>;

function namesByImage(repositories: Repositories): Names {
  const names: Names = new Map();
  for (const { repository, reference, imageId } of repositories.entries()) {
    const odd = keyProblem(reference) ?? placeProblem({ op: 'add', repository, reference, image: imageId });
    if (odd === undefined) namesOf(names, imageId).add(reference);
  }
  return names;
}

function namesOf(names: Names, imageId: string): Set<string> {
  const found = names.get(imageId) ?? new Set();
  names.set(imageId, found);
  return found;
}

function move(names: Names, change: Change): void {
  if (change.op !== 'add') namesOf(names, change.from).delete(change.reference);
  if (change.op !== 'remove') namesOf(names, change.image).add(change.reference);
}

/** What the daemon would remove beside the reference; undefined where it removes nothing else. */
function lossByRemoval(names: Names, reference: string, imageId: string): string | undefined {
  const rest = [...namesOf(names, imageId)].filter((name) => name !== reference);
  if (rest.length === 0) {
    return `it is the last name of the image ${short(imageId)}: the daemon would delete the image with it`;
  }
  if (reference.includes('@')) return undefined;
  const repository = nameOf(reference);
  const siblings = rest.filter((name) => nameOf(name) === repository);
  if (siblings.length === 0 || siblings.some((name) => !name.includes('@'))) return undefined;
  return `it is the last tag of ${repository} at the image ${short(imageId)}: the daemon would remove ${siblings.join(', ')} with it`;
}

function nameOf(reference: string): string {
  const parsed = tryParseNormalizedNamed(reference);
  return parsed === undefined ? reference : familiarName(parsed);
}

function short(imageId: string): string {
  return imageId.replace(/^sha256:/, '').slice(0, 12);
}
