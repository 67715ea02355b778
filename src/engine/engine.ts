/** What a Docker daemon says of itself (GET /info), as far as it matters here. */
export interface EngineInfo {
  /** DockerRootDir. With userns-remap it ends in UID.GID. */
  readonly dataRoot: string;
  /** Graph driver, or the containerd snapshotter: overlay2, vfs, overlayfs … */
  readonly driver: string;
  readonly imageStore: ImageStore;
  readonly serverVersion: string;
  /** What tells it from the daemons of other hosts; empty where it says none. */
  readonly id: string;
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
  /**
   * Diff IDs of its layers, lowest first. Only of an inspected image, and absent where the daemon shows none: with the
   * containerd image store of 28.5 for an image whose layers' blobs are not there.
   */
  readonly layers?: readonly string[];
  /** "linux/arm64/v8", of an inspected image. */
  readonly platform?: string;
  /** When it was made, as its config says, of an inspected image. */
  readonly created?: string;
}

/** A container that is only created, to see whether its image is all there. */
export interface CreateContainerOptions extends RequestOptions {
  /** A reference or an ID; nothing is pulled for it. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface EngineContainer {
  readonly id: string;
  readonly names: readonly string[];
  /** As it was asked for: a reference or an image ID. */
  readonly image: string;
}

/** What decides whether a container comes back after its daemon was stopped. */
export interface EngineContainerPolicy {
  /** no, always, unless-stopped, on-failure; empty where the daemon says none. */
  readonly restartPolicy: string;
  /** `--rm`: removed when it ends. */
  readonly autoRemove: boolean;
}

/** How a daemon reaches registries (RegistryConfig and the proxies of GET /info). */
export interface EngineRegistries {
  /** Asked for images of Docker Hub before Docker Hub itself; each URL ends in a slash. */
  readonly mirrors: readonly string[];
  /** Whether requests to registries may go through a proxy. */
  readonly usesProxy: boolean;
}

export interface PullOptions extends RequestOptions {
  /** Of an index, the image for this platform: "linux/arm64". Default: that of the daemon. */
  readonly platform?: string | undefined;
}

export interface RemoveImageOptions extends RequestOptions {
  /** Also where a container that does not run uses the image. Default: no. */
  readonly force?: boolean | undefined;
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
  /** Undefined when there is no such container any more. */
  containerPolicy(id: string, options?: RequestOptions): Promise<EngineContainerPolicy | undefined>;
  /** Containers that were created with a label and never started. */
  createdContainers(label: string, options?: RequestOptions): Promise<EngineContainer[]>;
  /**
   * Creates a container without a network and does not start it.
   * @returns its ID; undefined where the daemon cannot make one of this image, with `onRefused` told why
   */
  createContainer(
    options: CreateContainerOptions & { readonly onRefused?: (reason: string) => void },
  ): Promise<string | undefined>;
  /** Removes a container, and the anonymous volumes that came with it; one that is gone is no failure. */
  removeContainer(id: string, options?: RequestOptions): Promise<void>;
  /** Takes a name away from an image, and the image with its last name; false where there is no such name. */
  removeImage(reference: string, options?: RemoveImageOptions): Promise<boolean>;
  /** Whether the daemon can tell an image's history, for which it reads its config. */
  hasHistory(reference: string, options?: RequestOptions): Promise<boolean>;
  /** Whose images the daemon runs without emulation: "linux/arm64". */
  platform(options?: RequestOptions): Promise<string>;
  registries(options?: RequestOptions): Promise<EngineRegistries>;
  /**
   * Whether the daemon gets a manifest from its registry, which it asks without credentials.
   * @param reference `name@digest`
   */
  isInRegistry(reference: string, options?: RequestOptions): Promise<boolean>;
  /** Gives an image a tag, which is moved if it is at another image. */
  tagImage(imageId: string, repository: string, tag: string, options?: RequestOptions): Promise<void>;
  /** `docker pull repository@digest`: what the daemon has of the image already is not asked for. */
  pullDigest(repository: string, digest: string, options?: PullOptions): Promise<void>;
  /**
   * Loads a tar archive of images, as it flows; what it throws breaks the load off. `timeoutMs` counts from the last
   * bytes that the daemon took.
   * @returns what the daemon says about it, a line each: `Loaded image: alpine:3.20`
   */
  loadImages(archive: AsyncIterable<Uint8Array>, options?: LoadImagesOptions): Promise<string[]>;
}
