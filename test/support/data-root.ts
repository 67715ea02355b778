import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LocatedStore } from '../../src/dataroot/locate.ts';
import { type BoltTree, boltFile } from './bolt-builder.ts';
import { locationIn } from './sample.ts';
import { temporaryFolder } from './temporary-folder.ts';

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

export function digestOf(content: string | Buffer): string {
  return `sha256:${sha256(content)}`;
}

/** What containerd's metadata says of a blob that a daemon keeps. */
export interface KeptBlob {
  /** By host: repositories, separated by commas. */
  readonly sources?: Readonly<Record<string, string>>;
  /** IDs of the images whose lease holds it. */
  readonly images?: readonly string[];
}

/** A data root made by hand, as a daemon with overlay2 leaves it. */
export class DataRoot {
  readonly path: string;
  readonly location: LocatedStore;

  constructor(path: string) {
    this.path = path;
    this.location = locationIn(path);
  }

  static async make(): Promise<DataRoot> {
    const root = new DataRoot(await temporaryFolder());
    for (const folder of ['imagedb/content/sha256', 'imagedb/metadata/sha256', 'layerdb/sha256']) {
      await mkdir(join(root.path, 'image/overlay2', folder), { recursive: true });
    }
    await mkdir(join(root.path, 'overlay2'));
    return root;
  }

  async write(name: string, content: string | Buffer): Promise<void> {
    const path = join(this.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }

  /** A config, named by its hash. Returns the image's ID. */
  async config(text: string): Promise<string> {
    await this.write(`image/overlay2/imagedb/content/sha256/${sha256(text)}`, text);
    return digestOf(text);
  }

  /** An image and its layers, lowest first. */
  async image(name: string, diffIds: readonly string[] = [digestOf(name)]): Promise<string> {
    await this.layers(diffIds);
    return await this.config(
      JSON.stringify({ os: 'linux', name, rootfs: { type: 'layers', diff_ids: diffIds } }),
    );
  }

  /** Returns their chain IDs. */
  async layers(diffIds: readonly string[]): Promise<string[]> {
    const chain: string[] = [];
    for (const diffId of diffIds) {
      const parent = chain.at(-1);
      const chainId = parent === undefined ? diffId : digestOf(`${parent} ${diffId}`);
      const folder = `image/overlay2/layerdb/sha256/${chainId.slice(7)}`;
      await this.write(`${folder}/diff`, diffId);
      await this.write(`${folder}/cache-id`, sha256(chainId));
      await mkdir(join(this.path, 'overlay2', sha256(chainId), 'diff'), { recursive: true });
      await this.write(`overlay2/${sha256(chainId)}/link`, 'X');
      await this.write(`${folder}/size`, '1234');
      if (parent !== undefined) await this.write(`${folder}/parent`, parent);
      chain.push(chainId);
    }
    return chain;
  }

  async container(name: string, fields: Readonly<Record<string, unknown>>): Promise<string> {
    const id = sha256(name);
    const config = { ID: id, Name: `/${name}`, Driver: 'overlay2', State: { Running: false }, ...fields };
    await this.write(`containers/${id}/config.v2.json`, JSON.stringify(config));
    return id;
  }

  /** A blob of the content store. Returns its digest. */
  async blob(content: unknown, root = 'containerd/daemon'): Promise<string> {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await this.write(`${root}/io.containerd.content.v1.content/blobs/sha256/${sha256(text)}`, text);
    return digestOf(text);
  }

  async metadata(
    blobs: Readonly<Record<string, KeptBlob>>,
    { root = 'containerd/daemon', namespace = 'moby' } = {},
  ): Promise<void> {
    await this.metaDb(boltFile(contentMetadata(blobs, namespace)), root);
  }

  async metaDb(bytes: Buffer, root = 'containerd/daemon'): Promise<void> {
    await this.write(`${root}/io.containerd.metadata.v1.bolt/meta.db`, bytes);
  }
}

export function contentMetadata(blobs: Readonly<Record<string, KeptBlob>>, namespace = 'moby'): BoltTree {
  const blob: Record<string, BoltTree> = {};
  const leases: Record<string, { content: Record<string, Buffer> }> = {};
  for (const [digest, { sources = {}, images = [] }] of Object.entries(blobs)) {
    const labels = Object.entries(sources).map(([host, repositories]) => [
      `containerd.io/distribution.source.${host}`,
      Buffer.from(repositories),
    ]);
    blob[digest] = { labels: Object.fromEntries(labels), size: Buffer.from([2]) };
    for (const image of images) {
      const lease = leases[`moby-image-${image}`] ?? { content: {} };
      lease.content[digest] = Buffer.alloc(0);
      leases[`moby-image-${image}`] = lease;
    }
  }
  return { v1: { [namespace]: { content: { blob }, leases }, version: Buffer.from([8]) } };
}

export const schema2 = 'application/vnd.docker.distribution.manifest.v2+json';
export const manifestList = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';

export function manifestOf(config: string, mediaType: string | undefined = schema2, more = {}): object {
  return { schemaVersion: 2, mediaType, config: { digest: config, size: 2 }, layers: [], ...more };
}

export function indexOf(
  manifests: readonly { digest: string; annotations?: object; platform?: object }[],
  mediaType: string | undefined = ociIndex,
): object {
  return {
    schemaVersion: 2,
    mediaType,
    manifests: manifests.map((entry) => ({ mediaType: ociManifest, ...entry })),
  };
}
