import type { ImageFacts } from '../facts/facts.ts';
import { isDigest } from '../reference/digest.ts';
import { Folder } from '../system/folder.ts';
import type { Problems } from '../system/problems.ts';
import { fieldsField, isFields, parseJson } from '../util/json.ts';
import { chainId as chainIdOf } from './chain-id.ts';
import type { GraphDriver } from './graph-driver.ts';

type BadLayer = NonNullable<ImageFacts['badLayers']>[number];
type LayerProblem = BadLayer['problem'];
type LayerFacts = Pick<ImageFacts, 'badLayers' | 'missingData'>;

interface LayerRecord {
  readonly problem?: LayerProblem;
  /** Chain ID, as the file says. */
  readonly parent?: string;
  readonly cacheId?: string;
}

const hexName = /^[a-f0-9]{64}$/;
/** strconv.ParseInt of base 10; what is longer is no int64. */
const integer = /^[+-]?[0-9]{1,19}$/;
/** Bytes. The daemon's own files have at most a digest; descriptor.json has a few hundred. */
const fileLimit = 64 * 1024;

const valid: LayerFacts = {};
const missing: LayerRecord = { problem: 'missing' };

/**
 * image/<driver>/layerdb/sha256: a folder for each layer, named by its chain ID, with the files diff, size,
 * cache-id, and, where there is something to say, parent and descriptor.json. The daemon passes over a layer any of
 * whose files it cannot read, and then over every image that needs it (moby v28.5.2 layer/filestore.go, GetDiffID
 * to GetDescriptor; moby v28.5.2 layer/layer_store.go, loadLayer; the same in v20.10.24 and v26.1.5). It compares none
 * of them with the image.
 */
export class LayerDb {
  readonly #layers: Folder | undefined;
  readonly #graph: GraphDriver;
  readonly #present = new Set<string>();
  readonly #records = new Map<string, LayerRecord>();
  readonly #chains = new Map<string, string>();

  /** @param driver `image/<driver>` */
  constructor(driver: Folder, graph: GraphDriver, problems: Problems) {
    this.#graph = graph;
    const layers = driver.folder('layerdb', 'sha256');
    if (layers instanceof Folder) {
      this.#layers = layers;
      const listing = layers.list();
      for (const { name, kind } of listing) {
        if (kind === 'folder' && hexName.test(name)) this.#present.add(`sha256:${name}`);
      }
      if (listing.problem !== undefined) problems.add(layers.path, listing.problem);
    } else if (layers.problem !== 'missing') problems.add(`${driver.path}/layerdb/sha256`, layers);
  }

  /** The layers, of those that an image needs, without which the daemon will not have it, or not run it. */
  examine(diffIds: readonly string[]): LayerFacts {
    const bad: BadLayer[] = [];
    const missingData: string[] = [];
    let expected = '';
    for (const diffId of diffIds) {
      const chainId = this.#chainId(expected, diffId);
      const record = this.#record(chainId);
      const problem = record.problem ?? this.#problemAbove(record.parent, expected);
      if (problem !== undefined) bad.push({ chainId, problem });
      const path = record.cacheId === undefined ? undefined : this.#graph.missing(record.cacheId);
      if (path !== undefined) missingData.push(path);
      expected = chainId;
    }
    if (bad.length === 0 && missingData.length === 0) return valid;
    return {
      ...(bad.length > 0 && { badLayers: bad }),
      ...(missingData.length > 0 && { missingData }),
    };
  }

  #chainId(parent: string, diffId: string): string {
    if (parent === '') return diffId;
    const text = `${parent} ${diffId}`;
    let found = this.#chains.get(text);
    if (found === undefined) {
      found = chainIdOf(parent, diffId);
      this.#chains.set(text, found);
    }
    return found;
  }

  /** Any layer may be a parent, as long as it and all above it load; that of the image is looked at by itself. */
  #problemAbove(parent: string | undefined, expected: string): LayerProblem | undefined {
    const seen = new Set<string>();
    for (let at = parent; at !== undefined && at !== expected; at = this.#record(at).parent) {
      if (seen.has(at) || this.#record(at).problem !== undefined) return 'invalid';
      seen.add(at);
    }
    return undefined;
  }

  #record(chainId: string): LayerRecord {
    if (this.#layers === undefined || !this.#present.has(chainId)) return missing;
    let record = this.#records.get(chainId);
    if (record === undefined) {
      record = readRecord(this.#layers, chainId.slice('sha256:'.length));
      this.#records.set(chainId, record);
    }
    return record;
  }
}

/** In the order in which the daemon reads them: what it stumbles over first is told. */
function readRecord(layers: Folder, layer: string): LayerRecord {
  const diff = readText(layers, `${layer}/diff`);
  if (!isDigest(diff.text.trim())) return { problem: diff.problem };
  const size = readText(layers, `${layer}/size`);
  if (!integer.test(size.text)) return { problem: size.problem };
  const cache = readText(layers, `${layer}/cache-id`);
  const cacheId = cache.text.trim();
  if (cacheId === '') return { problem: cache.problem };
  const parent = readText(layers, `${layer}/parent`);
  if (!parent.isAbsent && !isDigest(parent.text.trim())) return { problem: parent.problem };
  const descriptor = readText(layers, `${layer}/descriptor.json`);
  if (!descriptor.isAbsent && !isDescriptor(descriptor.text)) return { problem: descriptor.problem };
  return parent.isAbsent ? { cacheId } : { cacheId, parent: parent.text.trim() };
}

interface LayerFile {
  /** Empty where there is none. */
  readonly text: string;
  readonly isAbsent: boolean;
  /** What is wrong with it, if it is not as it should be. */
  readonly problem: LayerProblem;
}

function readText(layers: Folder, name: string): LayerFile {
  const bytes = layers.read(name, fileLimit);
  if ('problem' in bytes) return { text: '', isAbsent: bytes.problem === 'missing', problem: 'invalid' };
  const problem = bytes.length === 0 ? 'empty' : 'invalid';
  return { text: bytes.toString('latin1'), isAbsent: false, problem };
}

/** What encoding/json reads into a distribution.Descriptor. */
function isDescriptor(text: string): boolean {
  const parsed = parseJson(Buffer.from(text, 'latin1'));
  if ('problem' in parsed) return false;
  if (parsed.value === null) return true;
  if (!isFields(parsed.value)) return false;
  const { mediaType = null, size = null, digest = null, urls = null } = parsed.value;
  const isText = (value: unknown) => value === null || typeof value === 'string';
  return (
    isText(mediaType) &&
    isText(digest) &&
    (size === null || Number.isInteger(size)) &&
    (urls === null || Array.isArray(urls)) &&
    (parsed.value['annotations'] == null || fieldsField(parsed.value, 'annotations') !== undefined)
  );
}
