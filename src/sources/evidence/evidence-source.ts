import type { ClaimSource, SourceContext } from '../claim-source.ts';
import type { Evidence } from './evidence.ts';
import type { LocalImages } from './local-images.ts';
import { matchEvidence } from './match-evidence.ts';
import { readLocalImages } from './read-local-images.ts';

/** A source that holds manifests, or tells of digests: what it has can be matched, exported and compared. */
export interface EvidenceSource extends ClaimSource {
  /**
   * What the source has, whatever is here; a registry is only asked for what may be here.
   * @throws RefstoreError as `claims` does
   */
  evidence(context: SourceContext): Promise<Evidence>;
}

export function evidenceSource(
  spec: string,
  evidence: (context: SourceContext) => Promise<Evidence>,
): EvidenceSource {
  return {
    spec,
    evidence,
    async claims(context) {
      const local = await localImagesOf(context);
      const found = await evidence({ ...context, local });
      const { claims, proofs } = matchEvidence(found, local, context.naming);
      return { claims, proofs, problems: found.problems };
    },
  };
}

export function isEvidenceSource(source: ClaimSource): source is EvidenceSource {
  return 'evidence' in source;
}

/** What is here, read once where the caller has not. */
export async function localImagesOf(context: SourceContext): Promise<LocalImages> {
  return context.local ?? (await readLocalImages(context));
}
