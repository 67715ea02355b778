/**
 * What kind of evidence stands behind a claim.
 * `digest`: the manifest's bytes hash to the digest and its config (for an index: a config of one of its
 * manifests) is the image · `memory`: the running daemon has it · `container`: a container was created by that
 * name from that image (a digest for good, a tag as of then) · `backup`: an earlier state of this file ·
 * `registry`: of a tag, a registry has it there now · `file`: another file says so (another driver's store, a
 * leftover, an archive's names, what docker image inspect once printed).
 */
export type Proof = 'digest' | 'memory' | 'container' | 'backup' | 'registry' | 'file';

/** Somebody says that a reference belongs to an image. Data only: what makes claims is in src/sources. */
export interface Claim {
  /** Familiar form, with a tag or a digest. */
  readonly reference: string;
  readonly imageId: string;
  /** As in --from: `content:`, `containers:`, `backup:ID`, `live:`, `docker://…`. */
  readonly source: string;
  readonly proof: Proof;
  /** For the reader of a plan: "container web (3f2a…)", "backup of 2026-01-02T03:04:05Z". */
  readonly detail: string;
}
