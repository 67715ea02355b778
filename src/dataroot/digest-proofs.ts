import type { DigestProof } from '../check/facts.ts';
import type { KeptManifest } from './content-store.ts';

/** What kept manifests prove: which images a digest may stand for. */
export function digestProofs(kept: ReadonlyMap<string, KeptManifest>, source: string): DigestProof[] {
  return Array.from(kept.values(), ({ digest, manifest, repositories }) => {
    if (manifest.kind === 'manifest') {
      return { digest, imageIds: [manifest.config], complete: true, repositories, source };
    }
    const images = manifest.manifests.filter((entry) => !entry.isAttestation);
    const imageIds = images.flatMap((entry) => configOf(kept.get(entry.digest)));
    return {
      digest,
      imageIds: [...new Set(imageIds)],
      complete: imageIds.length === images.length,
      repositories,
      source,
    };
  });
}

function configOf(kept: KeptManifest | undefined): string[] {
  return kept?.manifest.kind === 'manifest' ? [kept.manifest.config] : [];
}
