import type { Claim, Proof } from '../check/claim.ts';
import { salvage } from '../check/salvage/salvage.ts';
import { homeOf, isMeaningful, readEntry } from '../check/stored-entry.ts';
import { isImageId } from '../reference/digest.ts';
import type { Entry } from '../repositories/repositories.ts';

export interface Witness {
  readonly source: string;
  readonly proof: Proof;
  readonly detail: string;
}

/** The claims of a file of this kind: its whole entries, also where the daemon would refuse it. */
export function claimsOfFile(bytes: Uint8Array, witness: Witness): Claim[] {
  const { entries, lost } = salvage(bytes);
  return claimsOfEntries(
    entries,
    lost.length === 0 ? witness : { ...witness, detail: `${witness.detail}, damaged` },
  );
}

/** Of entries that the daemon can do nothing with, nothing is claimed. */
export function claimsOfEntries(entries: Iterable<Entry>, { source, proof, detail }: Witness): Claim[] {
  const claims: Claim[] = [];
  for (const given of entries) {
    const entry = readEntry(given);
    if (entry.parsed === undefined || !isMeaningful(entry) || !isImageId(entry.imageId)) continue;
    claims.push({ reference: homeOf(entry.parsed).reference, imageId: entry.imageId, source, proof, detail });
  }
  return claims;
}
