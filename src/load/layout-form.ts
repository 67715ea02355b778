import type { OciContent } from './archive-content.ts';
import { blobName, copyBlob, eachBlob } from './blobs.ts';
import { writeFile } from './docker-form.ts';
import { produced } from './produced.ts';
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
 * A layout as a tar archive with names of our choosing: a new index.json, which no digest covers, and every blob as
 * it is. containerd takes the whole name from io.containerd.image.name.
 */
export function layoutForm(
  content: OciContent,
  images: readonly NamedDescriptor[],
  signal?: AbortSignal,
): AsyncIterable<Uint8Array> {
  const manifests = images.map(({ name, ...descriptor }) => ({
    ...descriptor,
    annotations: {
      'io.containerd.image.name': name,
      'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1),
    },
  }));
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
  return produced(async (write) => {
    await writeFile(write, 'oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
    await writeFile(write, 'index.json', Buffer.from(JSON.stringify(index)));
    const passed = new Set<string>();
    await eachBlob(content, signal, async (blob) => {
      if (passed.has(blob.digest)) return;
      passed.add(blob.digest);
      await copyBlob(blob, blobName(blob.digest), content, signal, write);
    });
    await write(tarEnd);
  });
}
