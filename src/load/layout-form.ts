import type { OciContent } from './archive-content.ts';
import { blobName, copyBlob, eachBlob } from './blobs.ts';
import { writeFile } from './docker-form.ts';
import { fromWriter } from './from-writer.ts';
import { tarEnd } from './tar-writer.ts';

/** An image, or index, of a layout under the name that it gets. */
export interface NamedDescriptor {
  readonly digest: string;
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
  /** Canonical, with a tag. */
  readonly name: string;
}

/**
 * An index.json, which no digest covers, with whole names: containerd takes them from io.containerd.image.name. Under
 * a name as skopeo writes it, `local/app:1`, the daemon of Docker 26.1 does not find what it has loaded.
 */
export function namedIndex(images: readonly NamedDescriptor[]): Buffer {
  const manifests = images.map(({ name, ...descriptor }) => ({
    ...descriptor,
    annotations: {
      'io.containerd.image.name': name,
      'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1),
    },
  }));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
}

/**
 * A layout as a tar archive, while it flows: every blob as it is. One that is not what its digest promises ends it
 * before the archive is closed: some daemons (28.5) say nothing of it, and have no image afterwards.
 */
export function layoutForm(
  content: OciContent,
  index: Buffer,
  signal?: AbortSignal,
): AsyncIterable<Uint8Array> {
  return fromWriter(async (write) => {
    await writeFile(write, 'oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
    await writeFile(write, 'index.json', index);
    const passed = new Set<string>();
    await eachBlob(content, signal, async (blob) => {
      if (passed.has(blob.digest)) return;
      passed.add(blob.digest);
      await copyBlob(blob, blobName(blob.digest), content, signal, write);
    });
    await write(tarEnd);
  });
}
