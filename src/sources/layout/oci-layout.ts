import { diffIdsOf } from '../../dataroot/image-config.ts';
import { Problems } from '../../system/problems.ts';
import { quoted } from '../../util/escape.ts';
import { type Fields, isFields, listField, parseJson, stringField } from '../../util/json.ts';
import type { DescribedDigest, Evidence, ImageWithoutDigest, ProvenManifest } from '../evidence/evidence.ts';
import { sourceFailed } from '../evidence/source-failed.ts';
import { ManifestWalk } from './manifest-walk.ts';
import { nameOfDescriptor, refNameOf } from './names.ts';
import type { SmallFiles } from './small-files.ts';

export interface LayoutOptions {
  /** As in --from. */
  readonly source: string;
  readonly files: SmallFiles;
  /** Behind the second colon of the source: the one image that is meant. */
  readonly tag: string | undefined;
}

/**
 * What an OCI image layout holds (image-spec, image-layout.md): index.json, and blobs named by their digests. All
 * of its images, or the one that `tag` names. What is no image (a signature, a chart) is passed over.
 * @throws RefstoreError SOURCE_FAILED, LIMIT_EXCEEDED
 */
export function readOciLayout({ source, files, tag }: LayoutOptions): Evidence {
  const walk = new ManifestWalk({ source, files, manifestName: blobName, configName: blobName });
  const problems = new Problems();
  const describedDigests: DescribedDigest[] = [];
  const withoutDigest: ImageWithoutDigest[] = [];
  const detail = `index.json of ${files.place}`;
  const isSaved = isDockerSave(files);
  for (const descriptor of descriptorsOf(source, files, tag)) {
    const digest = stringField(descriptor, 'digest') ?? '';
    const proven = walk.describedDigest(digest);
    if ('problem' in proven) {
      problems.add(`${files.place}: ${blobName(digest)}`, proven);
      continue;
    }
    const name = nameOfDescriptor(descriptor);
    const own = isSaved ? madeBySave(proven, walk) : undefined;
    if (own === undefined) describedDigests.push({ digest, ...name, detail });
    else {
      const { repository } = name;
      const tags = repository === undefined ? [] : [`${repository}:${name.tag ?? 'latest'}`];
      withoutDigest.push({ imageId: own, tags, detail });
    }
  }
  if (describedDigests.length === 0 && withoutDigest.length === 0) {
    const [first] = problems.list;
    throw sourceFailed(source, files.place, first === undefined ? 'it holds no image' : first.reason, {
      hint: 'it has to be an OCI image layout that holds an image',
    });
  }
  const { manifests, platforms, configs } = walk;
  const none = { unverified: [], tagProof: 'file' as const };
  return {
    source,
    manifests,
    platforms,
    configs,
    describedDigests,
    withoutDigest,
    ...none,
    problems: problems.list,
  };
}

function blobName(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function descriptorsOf(source: string, files: SmallFiles, tag: string | undefined): readonly Fields[] {
  const bytes = files.read('index.json');
  const where = `${files.place}: index.json`;
  if ('problem' in bytes) {
    const hint = `${source.slice(0, source.indexOf(':') + 1)} reads an OCI image layout, as skopeo copy and docker buildx write it`;
    throw sourceFailed(source, where, bytes.reason, { hint });
  }
  const parsed = parseJson(bytes);
  if ('problem' in parsed) throw sourceFailed(source, where, parsed.reason);
  const all = isFields(parsed.value) ? listField(parsed.value, 'manifests') : [];
  if (tag === undefined) return all;
  const chosen = all.filter((descriptor) => isMeant(descriptor, tag));
  if (chosen.length > 0) return chosen;
  const known = [...new Set(all.flatMap((descriptor) => refNameOf(descriptor) ?? []))].slice(0, 20);
  throw sourceFailed(source, where, `no image in it has the name ${quoted(tag)}`, {
    hint:
      known.length === 0
        ? 'its images have no names: leave the name out'
        : `it has ${known.map(quoted).join(', ')}`,
  });
}

/** As it is written there, or another way to write the same whole name. */
function isMeant(descriptor: Fields, tag: string): boolean {
  if (refNameOf(descriptor) === tag) return true;
  const { repository, tag: own } = nameOfDescriptor(descriptor);
  if (repository === undefined) return false;
  const wanted = nameOfDescriptor({ annotations: { 'io.containerd.image.name': tag } });
  return wanted.repository === repository && (wanted.tag ?? 'latest') === (own ?? 'latest');
}

/** docker save writes its own manifest.json beside the layout. */
function isDockerSave(files: SmallFiles): boolean {
  return !('problem' in files.read('manifest.json'));
}

/**
 * The image of a manifest that docker save made up: an engine with its own image store has no manifests, so it
 * writes one over the unpacked layers. No registry has it, and its digest is nobody's promise.
 */
function madeBySave({ manifest }: ProvenManifest, walk: ManifestWalk): string | undefined {
  if (manifest.kind === 'index') return undefined;
  const config = walk.config(manifest.config);
  const diffIds = config === undefined ? undefined : diffIdsOf(config);
  const isUnpacked = diffIds !== undefined && diffIds.join() === manifest.layers.join();
  return isUnpacked && diffIds.length > 0 ? manifest.config : undefined;
}
