import type { StoreLocation } from '../dataroot/stores.ts';
import type { Engine } from '../engine/engine.ts';
import { RefstoreError } from '../errors.ts';
import type { Claim } from '../facts/claim.ts';
import type { DigestProof } from '../facts/facts.ts';
import type { Problem } from '../system/problems.ts';
import type { ProgressOptions } from '../util/progress.ts';
import type { LocalImages } from './evidence/local-images.ts';
import type { Naming } from './evidence/naming.ts';
import type { RegistryOptions } from './registry/options.ts';

/** The store that claims are wanted for, and what a source may use to find them. */
export interface SourceContext extends ProgressOptions {
  readonly location: StoreLocation;
  /** The daemon of this store. Asked for only by a source that needs it. */
  readonly engine?: (() => Engine) | undefined;
  /** See ContentOptions. */
  readonly containerdRoot?: string | undefined;
  /** How names change on the way here: --as, --map. */
  readonly naming?: Naming | undefined;
  /** What is here, for a caller who has read it: several sources then need not. */
  readonly local?: LocalImages | undefined;
  /** Of an index in a registry: platforms that are wanted although no image of theirs is here. */
  readonly platforms?: readonly string[] | undefined;
  /** Whether the configs of images are wanted too, where a source has to ask for them. Default: no. */
  readonly withConfigs?: boolean | undefined;
  /** How registries are talked to. */
  readonly registry?: RegistryOptions | undefined;
}

/**
 * What a source found. Claims say what somebody knew, not what is there: an image may be gone, and two sources
 * may disagree. The plan sees to both.
 */
export interface Claims {
  readonly claims: readonly Claim[];
  /** What its manifests prove; absent where a source has none. */
  readonly proofs?: readonly DigestProof[];
  /** What could not be read; the claims do not depend on it. */
  readonly problems: readonly Problem[];
}

/** Says which references belong to which images, and why it is to be believed. */
export interface ClaimSource {
  /** As in --from. */
  readonly spec: string;
  /**
   * @throws RefstoreError SOURCE_FAILED when there is nothing to read from; READ_FAILED, ENGINE_FAILED,
   *   LIMIT_EXCEEDED, ABORTED
   */
  claims(context: SourceContext): Promise<Claims>;
}

/** A kind of source: what stands before the first colon of --from. */
export interface Transport {
  readonly name: string;
  /** `backup:ID`. */
  readonly usage: string;
  /** One line, for help. */
  readonly summary: string;
  /**
   * @param rest what stands behind the first colon
   * @throws RefstoreError USAGE
   */
  open(rest: string): ClaimSource;
}

/** The folder that a source of the data root reads. */
export function dataRootOf({ location: { dataRoot, file } }: SourceContext, spec: string): string {
  if (dataRoot !== undefined) return dataRoot;
  throw new RefstoreError('SOURCE_FAILED', `${spec} reads the data root, and none is known for ${file}`, {
    hint: 'name it with --data-root',
    details: { source: spec, file },
  });
}

/** For a transport that takes nothing behind its colon. */
export function assertNothing(name: string, rest: string): void {
  if (rest !== '')
    throw usage(
      `${name}: takes nothing behind the colon, and ${JSON.stringify(rest)} was given`,
      `write ${name}:`,
    );
}

export function usage(message: string, hint: string): RefstoreError {
  return new RefstoreError('USAGE', message, { hint });
}
