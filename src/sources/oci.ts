import type { Transport } from './claim-source.ts';
import { evidenceSource } from './evidence/evidence-source.ts';
import { readOciLayout } from './layout/oci-layout.ts';
import { pathAndTag } from './layout/path-and-tag.ts';
import { FolderFiles } from './layout/small-files.ts';

/** A folder with an OCI image layout. */
export const oci: Transport = {
  name: 'oci',
  usage: 'oci:DIR[:TAG]',
  summary: 'an OCI image layout in a folder: all of its images, or the one of this name',
  open(rest) {
    const { path, tag } = pathAndTag('oci', rest);
    const source = `oci:${rest}`;
    return evidenceSource(source, async () => readOciLayout({ source, files: new FolderFiles(path), tag }));
  },
};
