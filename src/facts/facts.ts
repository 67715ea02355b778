/**
 * What the rules are told: plain data, gathered by readers that do the I/O (src/dataroot, src/store, src/engine).
 * Readers bound what they gather; rules trust the shapes, not the values.
 */

import type { Change } from '../repositories/change.ts';

export interface Facts {
  readonly file: FileFacts;
  /** Absent for a file by itself (--file, --level file). */
  readonly dataRoot?: DataRootFacts;
  /** Absent where nothing says which image store is in use. */
  readonly imageStore?: ImageStoreFacts;
  /** Absent where no daemon answered, or it uses another data root. */
  readonly live?: LiveFacts;
  /** What the containerd image store of the data root has, whether it is in use or not. Absent where it was not read. */
  readonly containerdRecords?: readonly ContainerdRecord[];
  /** A move to the containerd image store is meant: `layerBytes` is the size of all layers, unpacked. */
  readonly moveTo?: { readonly layerBytes: number };
  /** What manifests prove, from the content store and from sources. */
  readonly digestProofs?: readonly DigestProof[];
  readonly required?: readonly RequiredReference[];
}

export interface FileFacts {
  readonly path: string;
  /** By lstat(2). `other`: fifo, socket, device. */
  readonly kind: 'missing' | 'file' | 'symlink' | 'directory' | 'other';
  /** What a read gives: of a symlink, its target's bytes, as the daemon reads them. Absent where there is nothing to read. */
  readonly bytes?: Uint8Array;
  /** Permission bits (0o600), of the link's target if it is a link. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Owner of the folder that holds the file: who the daemon runs as. */
  readonly folder?: { readonly uid: number; readonly gid: number };
  /** Of a symlink: what it names; dangling when nothing is there. */
  readonly link?: { readonly target: string; readonly dangling: boolean };
  /** `.tmp-repositories.json*` and our own staged files beside it, that nobody holds any more. */
  readonly leftovers: readonly { readonly name: string; readonly size: number }[];
  /** Our lock beside the file, if there is one. */
  readonly lock?: LockFacts;
}

export interface LockFacts {
  readonly path: string;
  /** Its holder is gone. */
  readonly stale: boolean;
  /** What keeps anybody from taking it, and does not go away by itself: "PATH is a file". */
  readonly obstacle?: string;
  /** "pid 4711 (refstore patch) on host since 2026-01-02T03:04:05Z", as far as it is known. */
  readonly holder?: string;
}

export interface DataRootFacts {
  readonly path: string;
  readonly driver: string;
  /** Why this driver's store is the one that is looked at: "the daemon says so", "the only one there". */
  readonly why: string;
  /**
   * Every image config in imagedb/content/sha256, by image ID (`sha256:<hex>`); empty where there is no image db.
   * Absent when it is there and could not be read: which images there are is then not known.
   */
  readonly images?: ReadonlyMap<string, ImageFacts>;
  /** Why `images` is absent. */
  readonly imagesUnread?: { readonly path: string; readonly reason: string };
  /** What stands where the daemon needs a folder at its start: "it is a regular file". Absent when nothing does. */
  readonly blockedFolders?: readonly { readonly path: string; readonly reason: string }[];
  /** Why the folder in which the graph driver keeps the layers' files could not be listed. */
  readonly layerDataUnread?: { readonly path: string; readonly reason: string };
  /** The database of the containerd that the daemon starts, where it is damaged. */
  readonly containerdMetadata?: { readonly path: string; readonly reason: string };
  readonly containers: readonly ContainerFacts[];
  /** repositories.json of other drivers under the same data root. */
  readonly otherStores: readonly OtherStoreFacts[];
  /** What could not be read, or was passed over: odd names, symlinks, files over the limit. At most 100. */
  readonly problems: readonly { readonly path: string; readonly reason: string }[];
}

export interface ImageFacts {
  /**
   * `ok` only when the daemon will take the config: not empty, and with the sha256 that is its name.
   * `unexamined`: beyond what is read here, so nothing is known. All others the daemon logs as "invalid image" or
   * "failed to verify" and skips.
   */
  readonly state: 'ok' | 'empty' | 'hash-mismatch' | 'invalid' | 'unreadable' | 'unexamined';
  /** imagedb/metadata/sha256/<hex>/parent, of images built by the classic builder. */
  readonly parent?: string;
  /** Chain IDs of its layers that the daemon does not load: layerdb lacks them or holds them damaged. Absent when none. */
  readonly badLayers?: readonly {
    readonly chainId: string;
    readonly problem: 'missing' | 'empty' | 'invalid';
  }[];
  /** What the graph driver lacks of its layers' files: paths. The daemon lists such an image. Absent when nothing. */
  readonly missingData?: readonly string[];
}

export interface ContainerFacts {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  /** Config.Image: what was typed when it was created: a reference, an ID, or the beginning of one. */
  readonly image: string;
  /** Image: the image ID it was created from. */
  readonly imageId: string;
  readonly running: boolean;
}

export interface OtherStoreFacts {
  readonly driver: string;
  readonly file: string;
  /** Bytes; undefined where there is no repositories.json. */
  readonly size?: number;
  /** Undefined where the file cannot be decoded. */
  readonly references?: number;
  /** Image configs in its imagedb. */
  readonly images: number;
}

/** A manifest or an index whose bytes hash to `digest`. */
export interface DigestProof {
  readonly digest: string;
  /** Config digests: of a manifest one, of an index those of the manifests that were at hand. */
  readonly imageIds: readonly string[];
  /** False for an index some of whose image manifests were not at hand: it then does not disprove other images. */
  readonly complete: boolean;
  /** Familiar names under which it was pulled, where that is known. */
  readonly repositories: readonly string[];
  /** As in --from: `content:`, `docker://…`, `oci:…`. */
  readonly source: string;
}

export interface ImageStoreFacts {
  readonly kind: 'graphdriver' | 'containerd';
  /** "the daemon says driver-type io.containerd.snapshotter.v1", "daemon.json sets features.containerd-snapshotter". */
  readonly why: string;
}

export interface LiveFacts {
  readonly serverVersion: string;
  /** What leads from the file to the daemon's memory (verifyLive), of what both can show. */
  readonly differences: readonly Change[];
  /** What the daemon itself answered when asked for the required references; undefined: no such image. */
  readonly resolved?: ReadonlyMap<string, string | undefined>;
}

/** An image record of the containerd image store. */
export interface ContainerdRecord {
  /** Familiar name, with a tag or a digest. */
  readonly reference: string;
  /** Digest of its manifest or index: the daemon looks a digest up by this, never by the name. */
  readonly target: string;
  /** What keeps a container from being made of it. */
  readonly missing?: 'manifest' | 'config' | 'layers';
}

export interface RequiredReference {
  /** As it is to be resolved; as written where a variable in it has no known value. */
  readonly reference: string;
  /** The file that names it. */
  readonly source: string;
  /** From 1. */
  readonly line: number;
  /** Names of variables without a value; then nothing can be said about it. */
  readonly undecidable?: readonly string[];
}
