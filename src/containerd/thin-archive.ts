import { blobName } from '../load/blobs.ts';
import { writeFile } from '../load/docker-form.ts';
import { fromWriter } from '../load/from-writer.ts';
import { tarEnd } from '../load/tar-writer.ts';
import { parseNormalizedNamed } from '../reference/parse.ts';
import { canonicalString } from '../reference/reference.ts';
import type { PlannedRecord } from './plan-restore.ts';

/**
 * An OCI archive without layers: the manifests, the configs, and a whole name `name@digest` for each. The daemon
 * records the name, and finds the layers by the diff IDs of the config: they are unpacked already. Never a tag, which
 * would move to an image without layers.
 */
export function thinArchive(records: readonly PlannedRecord[]): AsyncIterable<Uint8Array> {
  return fromWriter(async (write) => {
    const blobs = new Map<string, Uint8Array>();
    const descriptors = records.map(({ reference, manifests, config }) => {
      for (const { digest, bytes } of manifests) blobs.set(digest, bytes);
      blobs.set(config.digest, config.bytes);
      const [top] = manifests;
      if (top === undefined) throw new TypeError(`${reference} has no manifest`);
      return {
        mediaType: top.manifest.mediaType,
        digest: top.digest,
        size: top.bytes.length,
        annotations: { 'io.containerd.image.name': canonicalString(parseNormalizedNamed(reference)) },
      };
    });
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const index = { schemaVersion: 2, mediaType, manifests: descriptors };
    await writeFile(write, 'oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
    await writeFile(write, 'index.json', Buffer.from(JSON.stringify(index)));
    for (const [digest, bytes] of blobs) await writeFile(write, blobName(digest), bytes);
    await write(tarEnd);
  });
}
