import { salvage } from '../check/salvage/salvage.ts';
import { canonicalLocation, isResolvable, readEntry } from '../check/stored-entry.ts';
import type { Claim, Proof } from '../facts/claim.ts';
import { isImageId } from '../reference/digest.ts';
import type { Entry } from '../repositories/repositories.ts';

export interface ClaimOrigin {
  readonly source: string;
  readonly proof: Proof;
  readonly detail: string;
}

/** The claims of a file of this kind: its whole entries, also where the daemon would refuse it. */
export function claimsOfFile(bytes: Uint8Array, origin: ClaimOrigin): Claim[] {
  const { entries, lost } = salvage(bytes);
  return claimsOfEntries(
    entries,
    lost.length === 0 ? origin : { ...origin, detail: `${origin.detail}, damaged` },
  );
}

/** Of entries that the daemon can do nothing with, nothing is claimed. */
export function claimsOfEntries(entries: Iterable<Entry>, { source, proof, detail }: ClaimOrigin): Claim[] {
  const claims: Claim[] = [];
  for (const given of entries) {
    const entry = readEntry(given);
    if (entry.parsed === undefined || !isResolvable(entry) || !isImageId(entry.imageId)) continue;
    claims.push({
      reference: canonicalLocation(entry.parsed).reference,
      imageId: entry.imageId,
      source,
      proof,
      detail,
    });
  }
  return claims;
}
