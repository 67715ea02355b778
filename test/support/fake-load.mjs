// How the stand-in for dockerd takes an archive of images: unpacked by tar(1), which knows nothing of ours, and
// looked at as the daemon does.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** What the daemon says behind status 200. */
export class LoadError extends Error {}

/** The whole body; one that is broken off never comes. */
export function receive(request) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('error', () => undefined);
  return new Promise((resolve) => {
    request.on('end', () => resolve(Buffer.concat(chunks)));
  });
}

const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** The images of an archive: [{id, config, names}]. */
export function readLoaded(archive, isContainerd) {
  const folder = mkdtempSync(join(tmpdir(), 'fake-load-'));
  try {
    writeFileSync(join(folder, 'archive.tar'), archive);
    const { status, stderr } = spawnSync('tar', ['-xf', 'archive.tar'], { cwd: folder });
    if (status !== 0) throw new LoadError(`unexpected EOF: ${stderr}`);
    const read = (name) => {
      try {
        return readFileSync(join(folder, name));
      } catch {
        throw new LoadError(`open /root/tmp/docker-import-1/${name}: no such file or directory`);
      }
    };
    return isContainerd ? fromLayout(read) : fromDockerArchive(read);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** image/tarexport: manifest.json, and each layer against its diffID. */
function fromDockerArchive(read) {
  let list;
  try {
    list = JSON.parse(read('manifest.json').toString());
  } catch {
    throw new LoadError('open /root/tmp/docker-import-1/blobs/json: no such file or directory');
  }
  return list.map(({ Config, RepoTags, Layers }) => {
    const config = read(Config);
    const { diff_ids: diffIds } = JSON.parse(config.toString()).rootfs;
    if (diffIds.length !== Layers.length) throw new LoadError('invalid manifest, layers length mismatch');
    for (const [index, name] of Layers.entries()) {
      const layer = read(name);
      const tar = layer[0] === 0x1f && layer[1] === 0x8b ? gunzipSync(layer) : layer;
      if (sha256(tar) !== diffIds[index]) throw new LoadError(`invalid diffID for layer ${index}`);
    }
    return { id: sha256(config), config, names: RepoTags ?? [] };
  });
}

/** containerd's importer: index.json, and every blob against its digest. */
function fromLayout(read) {
  const { manifests } = JSON.parse(read('index.json').toString());
  const blob = (digest) => {
    const bytes = read(`blobs/${digest.replace(':', '/')}`);
    if (sha256(bytes) !== digest) throw new LoadError(`failed commit: unexpected digest ${digest}`);
    return bytes;
  };
  return manifests.map(({ digest, annotations = {} }) => {
    const manifest = JSON.parse(blob(digest).toString());
    for (const { digest: layer } of manifest.layers ?? []) blob(layer);
    const name = annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name'];
    // Docker 26.1 does not find what has another name.
    if (name !== undefined && !/^[^/]*[.:][^/]*\/|^localhost\//.test(name))
      throw new LoadError('repository name must be canonical');
    return { id: digest, config: undefined, names: name === undefined ? [] : [name] };
  });
}
