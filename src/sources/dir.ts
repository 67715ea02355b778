import type { Transport } from './claim-source.ts';
import type { Evidence } from './evidence/evidence.ts';
import { evidenceSource } from './evidence/evidence-source.ts';
import { proveManifest } from './evidence/prove.ts';
import { sourceFailed } from './evidence/source-failed.ts';
import { ManifestWalk } from './layout/manifest-walk.ts';
import { pathAlone } from './layout/path-and-tag.ts';
import { FolderFiles, type SmallFiles } from './layout/small-files.ts';

/** A folder as `skopeo copy … dir:` writes it: one image or index, without a name. */
export const dir: Transport = {
  name: 'dir',
  usage: 'dir:DIR',
  summary: 'a folder as skopeo copy writes it to dir: (it has no names)',
  open(rest) {
    const path = pathAlone('dir', rest);
    const source = `dir:${rest}`;
    return evidenceSource(source, async () => readDir(source, new FolderFiles(path)));
  },
};

/**
 * `manifest.json`; what it names, if it is an index, as `<hex>.manifest.json`; blobs as `<hex>`
 * (the `dir:` transport of containers/image).
 */
function readDir(source: string, files: SmallFiles): Evidence {
  const where = `${files.place}: manifest.json`;
  const bytes = files.read('manifest.json');
  if ('problem' in bytes) {
    throw sourceFailed(source, where, bytes.reason, { hint: 'dir: reads what skopeo copy wrote to dir:' });
  }
  const proven = proveManifest(bytes);
  if ('problem' in proven) throw sourceFailed(source, where, proven.reason);
  const walk = new ManifestWalk({
    source,
    files,
    manifestName: (digest) => `${hexOf(digest)}.manifest.json`,
    configName: hexOf,
  });
  walk.add(proven);
  const { manifests, platforms, configs } = walk;
  return {
    source,
    manifests,
    platforms,
    configs,
    describedDigests: [
      { digest: proven.digest, repository: undefined, detail: `manifest.json of ${files.place}` },
    ],
    unverified: [],
    withoutDigest: [],
    tagProof: 'file',
    problems: [],
  };
}

function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}
