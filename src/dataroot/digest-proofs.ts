import type { DigestProof } from '../check/facts.ts';
import type { KeptManifest } from './content-store.ts';
import type { ImageIndex, IndexEntry } from './manifest.ts';

/** What kept manifests prove: which images a digest may stand for. */
export function digestProofs(kept: ReadonlyMap<string, KeptManifest>, source: string): DigestProof[] {
  return Array.from(kept.values(), ({ digest, manifest, repositories }) => {
    const imageIds = provenImages(manifest, kept);
    const complete =
      manifest.kind === 'manifest' || imagesOf(manifest).every((entry) => isImage(kept.get(entry.digest)));
    return { digest, imageIds, complete, repositories, source };
  });
}

/** The images that a digest may stand for: of an index, those of its manifests that are at hand. */
export function provenImages(
  manifest: KeptManifest['manifest'],
  kept: ReadonlyMap<string, KeptManifest>,
): string[] {
  if (manifest.kind === 'manifest') return [manifest.config];
  const configs = imagesOf(manifest).flatMap(({ digest }) => {
    const image = kept.get(digest)?.manifest;
    return image?.kind === 'manifest' ? [image.config] : [];
  });
  return [...new Set(configs)];
}

function imagesOf(index: ImageIndex): readonly IndexEntry[] {
  return index.manifests.filter((entry) => !entry.isAttestation);
}

function isImage(kept: KeptManifest | undefined): boolean {
  return kept?.manifest.kind === 'manifest';
}
