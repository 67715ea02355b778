/** What a Docker daemon says of itself (GET /info), as far as it matters here. */
export interface EngineInfo {
  /** DockerRootDir. With userns-remap it ends in UID.GID. */
  readonly dataRoot: string;
  /** Graph driver, or the containerd snapshotter: overlay2, vfs, overlayfs … */
  readonly driver: string;
  readonly imageStore: ImageStore;
  readonly serverVersion: string;
  /** Containers survive a stop of the daemon. */
  readonly liveRestore: boolean;
  readonly containersRunning: number;
  /** As the daemon writes them: `name=userns`, `name=rootless` … */
  readonly securityOptions: readonly string[];
}

/**
 * `graphdriver`: images are kept below `<data root>/image/<driver>`, with repositories.json.
 * `containerd`: containerd keeps them, and repositories.json is neither read nor written.
 */
export type ImageStore = 'graphdriver' | 'containerd';

/** An image that the daemon has, with the references under which it shows it, in familiar form. */
export interface EngineImage {
  /** `sha256:<64 hex>`. */
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
}

export interface EngineContainer {
  readonly id: string;
  readonly names: readonly string[];
  /** As it was asked for: a reference or an image ID. */
  readonly image: string;
}

export interface Ping {
  /** Newest API version that the daemon speaks: `1.41`. */
  readonly apiVersion: string;
  /** Its Server header: `Docker/20.10.24 (linux)`. */
  readonly server: string;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the whole answer, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

export interface LoadImagesOptions extends RequestOptions {
  /** Bytes of the archive that the daemon has taken so far. */
  readonly onSent?: ((bytes: number) => void) | undefined;
}

/**
 * The API of one Docker daemon. Every method throws EngineError (ENGINE_FAILED) when the daemon cannot be
 * reached or does not answer as a Docker daemon does, LIMIT_EXCEEDED when an answer is larger than it may be,
 * ABORTED when the signal says so.
 */
export interface Engine {
  /** Where it is: `unix:///var/run/docker.sock`, `tcp://host:2376`. */
  readonly host: string;
  ping(options?: RequestOptions): Promise<Ping>;
  info(options?: RequestOptions): Promise<EngineInfo>;
  imageStore(options?: RequestOptions): Promise<ImageStore>;
  /** Every image, those without a name and those below others too. */
  images(options?: RequestOptions): Promise<EngineImage[]>;
  /** The image that the daemon finds by a reference or an ID; undefined when it finds none. */
  inspectImage(reference: string, options?: RequestOptions): Promise<EngineImage | undefined>;
  runningContainers(options?: RequestOptions): Promise<EngineContainer[]>;
  /** Whose images the daemon runs without emulation: "linux/arm64". */
  platform(options?: RequestOptions): Promise<string>;
  /**
   * Loads a tar archive of images, as it flows; what it throws breaks the load off. `timeoutMs` counts from the last
   * bytes that the daemon took.
   * @returns what the daemon says about it, a line each: `Loaded image: alpine:3.20`
   */
  loadImages(archive: AsyncIterable<Uint8Array>, options?: LoadImagesOptions): Promise<string[]>;
}
