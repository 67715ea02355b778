import { stat } from 'node:fs/promises';
import { RefstoreError } from '../errors.ts';
import { readArchive } from '../sources/archive/archive-files.ts';
import { readDockerArchive } from '../sources/docker-archive.ts';
import type { Evidence, ImageWithoutDigest } from '../sources/evidence/evidence.ts';
import { readOciLayout } from '../sources/layout/oci-layout.ts';
import { FolderFiles, type SmallFiles } from '../sources/layout/small-files.ts';
import { readFailed } from '../system/regular-file.ts';

interface Content {
  readonly path: string;
  /** As it would be written in --from. */
  readonly source: string;
  /** Manifests, configs and lists; of everything else whether it is there. */
  readonly files: SmallFiles;
  /** Of the names of its images, and their digests as far as it has them. */
  readonly evidence: Evidence;
}

/** An OCI image layout: manifests, and blobs named by their digests. */
export interface OciContent extends Content {
  readonly kind: 'oci';
  readonly isFolder: boolean;
}

/** What `docker save` writes; newer ones write a layout beside it, which may know digests. */
export interface DockerContent extends Content {
  readonly kind: 'docker';
  readonly isFolder: false;
  readonly images: readonly ImageWithoutDigest[];
}

export type ArchiveContent = OciContent | DockerContent;

/**
 * Reads what an image archive, or a folder with an OCI image layout, says of itself. Nothing is held in memory but
 * manifests and configs; layers are only passed over.
 * @throws RefstoreError SOURCE_FAILED, READ_FAILED, NOT_A_REGULAR_FILE, LIMIT_EXCEEDED, ABORTED
 */
export async function readContent(path: string, signal?: AbortSignal): Promise<ArchiveContent> {
  if (await isFolder(path)) return folderContent(path);
  const source = `oci-archive:${path}`;
  const files = await readArchive({ source, file: path, signal });
  const hasLayout = has(files, 'index.json');
  if (!has(files, 'manifest.json')) {
    if (!hasLayout) throw noImages(path, source);
    return {
      kind: 'oci',
      isFolder: false,
      path,
      source,
      files,
      evidence: readOciLayout({ source, files, tag: undefined }),
    };
  }
  const saved = readDockerArchive(`docker-archive:${path}`, files);
  const evidence = hasLayout ? readOciLayout({ source, files, tag: undefined }) : saved;
  const { withoutDigest: images } = saved;
  return { kind: 'docker', isFolder: false, path, source: evidence.source, files, evidence, images };
}

function folderContent(path: string): OciContent {
  const source = `oci:${path}`;
  const files = new FolderFiles(path);
  if (!has(files, 'index.json')) throw noImages(path, source);
  if (has(files, 'manifest.json')) {
    throw new RefstoreError('SOURCE_FAILED', `${path} is an archive of docker save that was unpacked`, {
      hint: `pack it again: tar -C ${path} -cf FILE .`,
      details: { source, where: path },
    });
  }
  const evidence = readOciLayout({ source, files, tag: undefined });
  return { kind: 'oci', isFolder: true, path, source, files, evidence };
}

function has(files: SmallFiles, name: string): boolean {
  const found = files.read(name);
  return !('problem' in found) || found.problem !== 'missing';
}

function noImages(path: string, source: string): RefstoreError {
  return new RefstoreError(
    'SOURCE_FAILED',
    `${path} holds neither index.json nor manifest.json: it is no archive of images`,
    {
      hint: 'make one with skopeo copy --preserve-digests docker://NAME oci-archive:FILE:NAME, or with docker save',
      details: { source, where: path },
    },
  );
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw readFailed(path, error as NodeJS.ErrnoException);
  }
}
