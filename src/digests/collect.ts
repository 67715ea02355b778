import { RefstoreError } from '../errors.ts';
import type { Claim } from '../facts/claim.ts';
import type { DigestProof } from '../facts/facts.ts';
import type { ClaimSource, SourceContext } from '../sources/claim-source.ts';
import type { Evidence } from '../sources/evidence/evidence.ts';
import { isEvidenceSource } from '../sources/evidence/evidence-source.ts';
import type { Problem } from '../system/problems.ts';
import { forEachConcurrently } from '../util/concurrency.ts';
import type { Progress } from '../util/progress.ts';

/** What one source has: manifests and what they prove, or only claims. */
export type SourceContent =
  | { readonly source: ClaimSource; readonly evidence: Evidence }
  | {
      readonly source: ClaimSource;
      readonly evidence: undefined;
      readonly claims: readonly Claim[];
      readonly proofs: readonly DigestProof[];
      readonly problems: readonly Problem[];
    };

/** Sources that are read at one time; how many requests one of them makes is its own matter. */
const sourcesAtOnce = 4;

/**
 * Asks the sources, in the order of which the answers come back. Nothing is written, so that whatever goes wrong here
 * leaves everything as it was.
 * @throws RefstoreError what a source throws: SOURCE_FAILED, LIMIT_EXCEEDED, ABORTED, …
 */
export async function collect(
  sources: readonly ClaimSource[],
  context: SourceContext,
): Promise<SourceContent[]> {
  const holdings = new Map<ClaimSource, SourceContent>();
  const progress = new SharedProgress(context.onProgress);
  await forEachConcurrently(sources, sourcesAtOnce, async (source) => {
    holdings.set(source, await ask(source, { ...context, onProgress: progress.of(source) }));
  });
  return sources.flatMap((source) => holdings.get(source) ?? []);
}

async function ask(source: ClaimSource, context: SourceContext): Promise<SourceContent> {
  if (isEvidenceSource(source)) return { source, evidence: await source.evidence(context) };
  const { claims, proofs = [], problems } = await source.claims(context);
  return { source, evidence: undefined, claims, proofs, problems };
}

/**
 * The manifests of a source that has to have some.
 * @throws RefstoreError USAGE
 */
export function evidenceOf({ source: { spec }, evidence }: SourceContent): Evidence {
  if (evidence !== undefined) return evidence;
  throw new RefstoreError('USAGE', `${spec} holds no manifests: nothing in it proves a digest`, {
    hint: 'name a registry (docker://), a layout (oci:, oci-archive:, dir:), a digest lock (lock:), or content:',
  });
}

/** What could not be read of any of them. */
export function problemsOf(holdings: readonly SourceContent[]): Problem[] {
  return holdings.flatMap((held) => (held.evidence ?? held).problems ?? []);
}

/** One count for several sources that are read side by side. */
class SharedProgress {
  readonly #tell: SourceContext['onProgress'];
  readonly #counts = new Map<ClaimSource, Progress>();

  constructor(tell: SourceContext['onProgress']) {
    this.#tell = tell;
  }

  of(source: ClaimSource): SourceContext['onProgress'] {
    const tell = this.#tell;
    if (tell === undefined) return undefined;
    return (progress) => {
      this.#counts.set(source, progress);
      const counts = [...this.#counts.values()];
      const sum = (key: keyof Progress) => counts.reduce((total, count) => total + count[key], 0);
      tell({ done: sum('done'), total: sum('total') });
    };
  }
}
