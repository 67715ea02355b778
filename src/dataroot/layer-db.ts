import { chainId } from './chain-id.ts';
import { Folder } from './folder.ts';
import type { Problems } from './problems.ts';

export interface BadLayer {
  readonly chainId: string;
  readonly problem: 'missing' | 'empty' | 'invalid';
}

const hexName = /^[a-f0-9]{64}$/;
const integer = /^[0-9]{1,19}$/;
/** layer/filestore.go, stringIDRegexp. */
const cacheId = /^[a-f0-9]{64}(?:-init)?$/;
const cacheIdLength = 64;
const integerLength = 19;
const fileLimit = 4096;

/**
 * image/<driver>/layerdb/sha256: a folder for each layer, named by its chain ID, with the files diff, size,
 * cache-id and, above the lowest, parent (layer/filestore.go). The daemon passes over a layer any of whose
 * files it cannot read, and then over every image that needs it.
 */
export class LayerDb {
  readonly #layers: Folder | undefined;
  readonly #present = new Set<string>();
  readonly #examined = new Map<string, BadLayer['problem'] | undefined>();
  readonly #chains = new Map<string, string>();

  /** @param driver `image/<driver>` */
  constructor(driver: Folder, problems: Problems) {
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

  /** The layers, of those that an image needs, without which the daemon will not have it. */
  bad(diffIds: readonly string[]): readonly BadLayer[] {
    const bad: BadLayer[] = [];
    let parent = '';
    for (const diffId of diffIds) {
      const chainId = this.#chainId(parent, diffId);
      const problem = this.#examine(chainId, diffId);
      if (problem !== undefined) bad.push({ chainId, problem });
      parent = chainId;
    }
    return bad;
  }

  #chainId(parent: string, diffId: string): string {
    if (parent === '') return diffId;
    const text = `${parent} ${diffId}`;
    let found = this.#chains.get(text);
    if (found === undefined) {
      found = chainId(parent, diffId);
      this.#chains.set(text, found);
    }
    return found;
  }

  #examine(chainId: string, diffId: string): BadLayer['problem'] | undefined {
    if (this.#layers === undefined || !this.#present.has(chainId)) return 'missing';
    if (this.#examined.has(chainId)) return this.#examined.get(chainId);
    const problem = examine(this.#layers, chainId.slice('sha256:'.length), diffId);
    this.#examined.set(chainId, problem);
    return problem;
  }
}

function examine(layers: Folder, layer: string, diffId: string): BadLayer['problem'] | undefined {
  return (
    examineFile(
      layers,
      `${layer}/diff`,
      (size) => size === diffId.length,
      (text) => text === diffId,
    ) ??
    examineFile(
      layers,
      `${layer}/cache-id`,
      (size) => size === cacheIdLength,
      (text) => cacheId.test(text),
    ) ??
    examineFile(
      layers,
      `${layer}/size`,
      (size) => size <= integerLength,
      (text) => integer.test(text),
    )
  );
}

/**
 * A file that has the size in which the daemon writes it is taken as whole: there may be tens of
 * thousands, and what power cuts leave is empty or cut.
 */
function examineFile(
  layers: Folder,
  name: string,
  isUsual: (size: number) => boolean,
  isValid: (text: string) => boolean,
): BadLayer['problem'] | undefined {
  const size = layers.sizeOf(name);
  if (typeof size !== 'number') return 'invalid';
  if (size === 0) return 'empty';
  if (isUsual(size)) return undefined;
  const bytes = layers.read(name, fileLimit);
  return 'problem' in bytes || !isValid(bytes.toString('latin1').trim()) ? 'invalid' : undefined;
}
