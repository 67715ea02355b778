import { platformOfConfig } from '../oci/platform.ts';
import { tryParseNormalizedNamed } from '../reference/parse.ts';
import { familiarString, tagNameOnly } from '../reference/reference.ts';
import { Problems } from '../system/problems.ts';
import { quoted } from '../util/escape.ts';
import { isFields, parseJson } from '../util/json.ts';
import { readArchive } from './archive/archive-files.ts';
import type { Transport } from './claim-source.ts';
import type { Evidence, ImageWithoutDigest } from './evidence/evidence.ts';
import { evidenceSource } from './evidence/evidence-source.ts';
import { digestOf } from './evidence/prove.ts';
import { sourceFailed } from './evidence/source-failed.ts';
import { pathAlone } from './layout/path-and-tag.ts';
import type { SmallFiles } from './layout/small-files.ts';

/**
 * An archive as `docker save` writes it: image IDs and tags. It does not carry the manifest that a registry has,
 * so it cannot prove a digest.
 */
export const dockerArchive: Transport = {
  name: 'docker-archive',
  usage: 'docker-archive:FILE',
  summary: 'an archive as docker save writes it: tags and image IDs; it proves no digest',
  open(rest) {
    const file = pathAlone('docker-archive', rest);
    const source = `docker-archive:${rest}`;
    return evidenceSource(source, async ({ signal }) =>
      readDockerArchive(source, await readArchive({ source, file, signal })),
    );
  },
};

/** `manifest.json`: `[{"Config": name of a file, "RepoTags": […]}]` (moby, image/tarexport). */
export function readDockerArchive(source: string, files: SmallFiles): Evidence {
  const where = `${files.place}: manifest.json`;
  const bytes = files.read('manifest.json');
  if ('problem' in bytes) {
    const hint =
      'docker-archive: reads what docker save writes; skopeo’s OCI archives are read with oci-archive:';
    throw sourceFailed(source, where, bytes.reason, { hint });
  }
  const parsed = parseJson(bytes);
  const list = 'value' in parsed && Array.isArray(parsed.value) ? parsed.value.filter(isFields) : undefined;
  if (list === undefined) throw sourceFailed(source, where, 'it is not a list of images');

  const problems = new Problems();
  const withoutDigest: ImageWithoutDigest[] = [];
  const platforms = new Map<string, string>();
  for (const image of list) {
    const name = image['Config'];
    const config = typeof name === 'string' ? files.read(name.replace(/^\.\//, '')) : undefined;
    if (config === undefined || 'problem' in config) {
      problems.add(where, {
        reason: `its config ${quoted(String(name))}: ${config?.reason ?? 'it is no name'}`,
      });
      continue;
    }
    const imageId = digestOf(config);
    assertNamedSo(source, files.place, String(name), imageId);
    const platform = platformOfConfig(config);
    if (platform !== undefined) platforms.set(imageId, platform);
    withoutDigest.push({ imageId, tags: tagsOf(image['RepoTags']), detail: where });
  }
  const none = { manifests: new Map(), describedDigests: [], unverified: [] };
  return { source, ...none, withoutDigest, tagProof: 'file', platforms, problems: problems.list };
}

/** The daemon names the config's file by the image's ID. */
function assertNamedSo(source: string, place: string, name: string, imageId: string): void {
  const hex = /(?:^|\/)([a-f0-9]{64})(?:\.json)?$/.exec(name)?.[1];
  if (hex === undefined || imageId === `sha256:${hex}`) return;
  throw sourceFailed(source, `${place}: ${name}`, `its bytes hash to ${imageId}`, {
    hint: 'it was changed or is damaged: copy it again, and do not trust the rest of it',
  });
}

function tagsOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((tag) => {
    const reference = typeof tag === 'string' ? tryParseNormalizedNamed(tag) : undefined;
    return reference === undefined || reference.digest !== undefined
      ? []
      : familiarString(tagNameOnly(reference));
  });
}
