/**
 * What is known of a digest on this host.
 * - `holds`: a manifest proves it, or the daemon keeps the image by that very digest
 * - `wrong`: a manifest proves that it is the digest of other images, or the daemon has other content under it
 * - `image-missing`: the store has it at an image that is not here, or is damaged
 * - `not-runnable`: the daemon shows it, and no container can be made from it
 * - `unresolvable`: the daemon does not find the entry where it stands
 * - `absent`: it was asked for, or a source has it for a tag or image that is here, and it is not here
 * - `not-provable`: no manifest at hand says what it is the digest of
 */
export type VerificationStatus =
  | 'holds'
  | 'wrong'
  | 'image-missing'
  | 'not-runnable'
  | 'unresolvable'
  | 'absent'
  | 'not-provable';

export interface Verified {
  /** Familiar `name@digest`; of what was asked for and is not here, as it was asked for. */
  readonly reference: string;
  readonly standing: VerificationStatus;
  /** The image that the reference leads to here. */
  readonly imageId: string | undefined;
  /** Who proves it, right or wrong: as in --from, or `the daemon`. */
  readonly source: string | undefined;
  /** Of `wrong`: what it really is. Of `absent`: what the source proves. */
  readonly proven: readonly string[];
  /** Familiar `name:tag` by which the source has what is absent here. */
  readonly tag?: string | undefined;
  /** Of `not-runnable`: what the daemon says. */
  readonly reason?: string | undefined;
}

const failures: ReadonlySet<VerificationStatus> = new Set<VerificationStatus>([
  'wrong',
  'image-missing',
  'not-runnable',
  'unresolvable',
  'absent',
]);

/** Whether it is known that a digest does not hold; of what cannot be proven, nothing is known. */
export function fails({ standing }: Verified): boolean {
  return failures.has(standing);
}

/** One sentence: what is so, and where there is one, what to do about it. */
export function formatVerified({
  reference,
  standing,
  imageId,
  source,
  proven,
  tag,
  reason,
}: Verified): string {
  switch (standing) {
    case 'holds':
      return `${reference} is the image ${imageId}: ${source} proves it`;
    case 'wrong':
      return `${reference} is ${proven.join(', ')}, as ${source} proves, and leads to ${imageId} here: what runs by this name is not what it promises; refstore repair, or docker pull ${reference}`;
    case 'image-missing':
      return `${reference} leads to ${imageId}, which is not here or is damaged: load or pull the image again, after refstore untag ${reference}`;
    case 'not-runnable':
      return `${reference} is shown by the daemon, and no container can be made from it (${reason}): load the whole image, or docker rmi ${reference}`;
    case 'unresolvable':
      return `${reference} stands where the daemon does not find it: refstore check says why`;
    case 'absent':
      return tag === undefined && source === undefined
        ? `${reference} is not here`
        : `${source} has ${tag ?? 'an image that is here'} as ${reference}, which is not here: ${remedy(proven)}`;
    case 'not-provable':
      return `${reference} leads to ${imageId}; no manifest at hand says whether that is right: name a source with --against`;
  }
}

function remedy(proven: readonly string[]): string {
  return proven.length > 0
    ? 'refstore digests restore brings it'
    : 'the tag has moved there, or what is here was converted, or copied for one platform only, on its way';
}
