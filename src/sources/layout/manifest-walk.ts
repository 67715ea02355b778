import type { RefstoreError } from '../../errors.ts';
import { imageEntries } from '../../oci/digest-proofs.ts';
import { parseManifest } from '../../oci/manifest.ts';
import { platformOfConfig } from '../../oci/platform.ts';
import { isDigest } from '../../reference/digest.ts';
import type { ReadFailure } from '../../util/read-failure.ts';

import type { ProvenManifest } from '../evidence/evidence.ts';
import { mismatch } from '../evidence/prove.ts';
import { beyondLimit, sourceFailed } from '../evidence/source-failed.ts';
import type { SmallFiles } from './small-files.ts';

/** In bytes, of all manifests of a source: an honest one has a few kilobytes. */
const maxBytes = 128 << 20;
/** In bytes, of all configs. */
const maxConfigBytes = 512 << 20;
/** Files that are looked for. */
const maxLooks = 100_000;
/** An index may name an index; what that names are manifests. */
const maxDepth = 2;

export interface WalkOptions {
  /** As in --from. */
  readonly source: string;
  readonly files: SmallFiles;
  /** Where a manifest is kept: `blobs/sha256/…`. */
  manifestName(digest: string): string;
  configName(digest: string): string;
}

/**
 * Collects the manifests that are reachable from a layout's index. Bytes that do not hash to the name under which
 * they were looked for are refused outright, wherever they stand: such a source was changed or is damaged.
 */
export class ManifestWalk {
  readonly manifests = new Map<string, ProvenManifest>();
  readonly platforms = new Map<string, string>();
  readonly configs = new Map<string, Buffer>();
  readonly #options: WalkOptions;
  #bytes = 0;
  #configBytes = 0;
  #looks = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /**
   * A manifest that the layout describes, and what it names, where the layout has it.
   * @returns an Unread for what is no image's manifest
   * @throws RefstoreError SOURCE_FAILED when it is missing or its bytes are not what its digest promises;
   *   LIMIT_EXCEEDED
   */
  describedDigest(digest: string): ProvenManifest | ReadFailure {
    const found = this.#find(digest, maxDepth);
    if (!('problem' in found) || found.problem !== 'missing') return found;
    const { source, files, manifestName } = this.#options;
    const hint = `${files.place} is not complete: copy it again`;
    throw sourceFailed(source, this.#where(manifestName(digest)), found.reason, { hint });
  }

  /** A manifest whose bytes are known already: `manifest.json` of a dir layout. */
  add(proven: ProvenManifest): void {
    this.#add(proven, maxDepth);
  }

  /**
   * A config, if it is there.
   * @throws RefstoreError SOURCE_FAILED when its bytes are not what its digest promises
   */
  config(digest: string): Buffer | undefined {
    if (!isDigest(digest)) return undefined;
    const name = this.#options.configName(digest);
    const bytes = this.#look(name, digest);
    if (!('problem' in bytes)) return bytes;
    if (bytes.problem === 'damaged') throw this.#refused(name, bytes);
    return undefined;
  }

  #find(digest: string, depth: number): ProvenManifest | ReadFailure {
    const known = this.manifests.get(digest);
    if (known !== undefined) return known;
    if (!isDigest(digest))
      return { problem: 'unreadable', reason: 'its name is no digest that Docker knows' };
    const name = this.#options.manifestName(digest);
    const bytes = this.#look(name, digest);
    // What may honestly be so: an index of which not all is there, a file that is no manifest.
    if ('problem' in bytes) {
      if (bytes.problem === 'missing' || bytes.problem === 'unreadable') return bytes;
      throw this.#refused(name, bytes);
    }
    const manifest = parseManifest(bytes);
    if ('problem' in manifest) return manifest;
    const proven = { digest, bytes, manifest };
    this.#add(proven, depth);
    return proven;
  }

  #refused(name: string, { problem, reason }: ReadFailure): RefstoreError {
    const { source } = this.#options;
    const where = this.#where(name);
    if (problem === 'too-large') return beyondLimit(source, where, `it should be a manifest, and ${reason}`);
    const hint = 'it was changed or is damaged: copy it again, and do not trust the rest of it';
    return sourceFailed(source, where, reason, problem === 'damaged' ? { hint } : {});
  }

  #add(proven: ProvenManifest, depth: number): void {
    const { source, files } = this.#options;
    const { digest, bytes, manifest } = proven;
    this.#bytes += bytes.length;
    if (this.#bytes > maxBytes) {
      throw beyondLimit(source, files.place, `its manifests have more than ${maxBytes} bytes`);
    }
    this.manifests.set(digest, proven);
    if (manifest.kind === 'manifest') {
      if (!this.configs.has(manifest.config)) this.#addConfig(manifest.config);
    } else if (depth > 0) {
      for (const entry of imageEntries(manifest)) this.#find(entry.digest, depth - 1);
    }
  }

  #addConfig(digest: string): void {
    const config = this.config(digest);
    if (config === undefined) return;
    this.#configBytes += config.length;
    if (this.#configBytes > maxConfigBytes) {
      const { source, files } = this.#options;
      throw beyondLimit(source, files.place, `its configs have more than ${maxConfigBytes} bytes`);
    }
    this.configs.set(digest, config);
    const platform = platformOfConfig(config);
    if (platform !== undefined) this.platforms.set(digest, platform);
  }

  #look(name: string, digest: string): Buffer | ReadFailure {
    const { source, files } = this.#options;
    if (++this.#looks > maxLooks) {
      throw beyondLimit(source, files.place, `it names more than ${maxLooks} manifests and configs`);
    }
    const bytes = files.read(name);
    return 'problem' in bytes ? bytes : (mismatch(bytes, digest) ?? bytes);
  }

  #where(name: string): string {
    return `${this.#options.files.place}: ${name}`;
  }
}
