import { isImageId } from '../reference/digest.ts';
import { tryParseNormalizedNamed } from '../reference/parse.ts';
import { familiarString } from '../reference/reference.ts';
import { Problems } from '../system/problems.ts';
import { readRegularFile } from '../system/regular-file.ts';
import { isFields, parseJson, stringField } from '../util/json.ts';
import type { Transport } from './claim-source.ts';
import type { Evidence, UnverifiedReference } from './evidence/evidence.ts';
import { evidenceSource } from './evidence/evidence-source.ts';
import { sourceFailed } from './evidence/source-failed.ts';
import { pathAlone } from './layout/path-and-tag.ts';

/** Ten thousand images have about 50 MB. */
const largest = 128 << 20;

/** What `docker image inspect` printed, on this host or another: it is only said, no manifest proves it. */
export const inspect: Transport = {
  name: 'inspect',
  usage: 'inspect:FILE',
  summary: 'what docker image inspect printed: names and image IDs, unproven',
  open(rest) {
    const file = pathAlone('inspect', rest);
    const source = `inspect:${rest}`;
    return evidenceSource(source, async () => {
      const read = await readRegularFile(file, { limit: largest, followLink: true });
      if (read === undefined) throw sourceFailed(source, file, 'it is not there');
      return readInspect(
        source,
        file,
        Buffer.from(read.bytes.buffer, read.bytes.byteOffset, read.bytes.length),
      );
    });
  },
};

function readInspect(source: string, file: string, bytes: Buffer): Evidence {
  const parsed = parseJson(bytes);
  const value = 'value' in parsed ? parsed.value : undefined;
  const images = Array.isArray(value) ? value : isFields(value) ? [value] : undefined;
  if (images === undefined) {
    throw sourceFailed(source, file, 'problem' in parsed ? parsed.reason : 'it holds no list of images', {
      hint: 'it has to be what docker image inspect prints',
    });
  }
  const problems = new Problems();
  const unverified: UnverifiedReference[] = [];
  for (const [index, image] of images.entries()) {
    const imageId = isFields(image) ? stringField(image, 'Id') : undefined;
    const place = `${file}: [${index}]`;
    if (!isFields(image) || imageId === undefined || !isImageId(imageId)) {
      problems.add(place, { reason: 'it has no image ID' });
      continue;
    }
    const digests = referencesIn(image['RepoDigests']);
    if (digests.some(({ digest }: { digest?: string }) => digest === imageId)) {
      const reason =
        'its ID is a manifest’s digest: it was printed by a daemon with the containerd image store';
      problems.add(place, { reason });
      continue;
    }
    for (const reference of [...referencesIn(image['RepoTags']), ...digests]) {
      unverified.push({
        reference: familiarString(reference),
        imageId,
        detail: `docker image inspect in ${file}`,
      });
    }
  }
  const none = { manifests: new Map(), describedDigests: [], withoutDigest: [], platforms: new Map() };
  return { source, ...none, unverified, tagProof: 'file', problems: problems.list };
}

/** Those with a tag or a digest; engines print `<none>` where one is missing. */
function referencesIn(value: unknown) {
  if (!Array.isArray(value)) return [];
  return value.flatMap((text) => {
    const reference = typeof text === 'string' ? tryParseNormalizedNamed(text) : undefined;
    const isWhole = (reference?.tag === undefined) !== (reference?.digest === undefined);
    return reference === undefined || !isWhole ? [] : reference;
  });
}
