import { readArchive } from './archive/archive-files.ts';
import type { Transport } from './claim-source.ts';
import { evidenceSource } from './evidence/evidence-source.ts';
import { readOciLayout } from './layout/oci-layout.ts';
import { pathAndTag } from './layout/path-and-tag.ts';

/** A tar archive of an OCI image layout. */
export const ociArchive: Transport = {
  name: 'oci-archive',
  usage: 'oci-archive:FILE[:TAG]',
  summary: 'a tar archive of an OCI image layout, also packed with gzip or zstd: all of its images, or one',
  open(rest) {
    const { path: file, tag } = pathAndTag('oci-archive', rest);
    const source = `oci-archive:${rest}`;
    return evidenceSource(source, async ({ signal }) =>
      readOciLayout({ source, files: await readArchive({ source, file, signal }), tag }),
    );
  },
};
