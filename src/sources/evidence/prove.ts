import { hash } from 'node:crypto';
import { parseManifest } from '../../oci/manifest.ts';
import { type Digest, isDigest } from '../../reference/digest.ts';
import type { ReadFailure } from '../../util/read-failure.ts';

import type { ProvenManifest } from './evidence.ts';

/** @param algorithm of the result: that of `like`, a digest; sha256 without it */
export function digestOf(bytes: Uint8Array, like = 'sha256:'): Digest {
  const algorithm = like.slice(0, like.indexOf(':'));
  return `${algorithm}:${hash(algorithm, bytes)}` as Digest;
}

/** Why bytes are not what a digest promises; undefined when they are. */
export function mismatch(bytes: Uint8Array, digest: string): ReadFailure | undefined {
  if (!isDigest(digest)) return { problem: 'unreadable', reason: 'its name is no digest that Docker knows' };
  const actual = digestOf(bytes, digest);
  if (actual === digest) return undefined;
  return { problem: 'damaged', reason: `its bytes hash to ${actual}, not to ${digest}` };
}

/**
 * A manifest from its bytes. The digest is always computed.
 * @param expected the digest by which it was asked for, if it was
 */
export function proveManifest(bytes: Buffer, expected?: string): ProvenManifest | ReadFailure {
  const wrong = expected === undefined ? undefined : mismatch(bytes, expected);
  if (wrong !== undefined) return wrong;
  const manifest = parseManifest(bytes);
  return 'problem' in manifest ? manifest : { digest: expected ?? digestOf(bytes), bytes, manifest };
}
