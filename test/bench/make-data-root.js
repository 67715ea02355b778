import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/**
 * Writes a data root in which nothing is wrong: every image has a tag, a digest and a layer of its own on a base that all share, and
 * the first `containerCount` of them a container. Configs have about 2.5 KB, as real ones do.
 */
export function makeDataRoot(root, imageCount, containerCount) {
  const store = join(root, 'image/overlay2');
  const configs = join(store, 'imagedb/content/sha256');
  mkdirSync(configs, { recursive: true, mode: 0o700 });
  const base = sha256('base');
  writeLayer(store, base, base, undefined);
  const repositories = new Map();
  for (let n = 0; n < imageCount; n++) {
    const layer = sha256(`layer ${n}`);
    const chain = sha256(`sha256:${base} sha256:${layer}`);
    writeLayer(store, chain, layer, base);
    const config = JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {
        Env: [`PATH=/usr/bin:/bin`, `NUMBER=${n}`],
        Cmd: ['/app'],
        Labels: { text: 'x'.repeat(1900) },
      },
      history: [{ created: '2024-01-01T00:00:00Z', created_by: `step ${n}` }],
      rootfs: { type: 'layers', diff_ids: [`sha256:${base}`, `sha256:${layer}`] },
    });
    const id = sha256(config);
    writeFileSync(join(configs, id), config, { mode: 0o600 });
    const name = `registry.example.com/team${n % 100}/app-${n}`;
    const keys = [
      [`${name}:1.0`, `sha256:${id}`],
      [`${name}@sha256:${sha256(`manifest ${n}`)}`, `sha256:${id}`],
    ];
    repositories.set(name, keys);
    if (n < containerCount) writeContainer(root, n, `${name}:1.0`, `sha256:${id}`);
  }
  const text = [...repositories]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, keys]) => `"${name}":{${keys.map(([key, id]) => `"${key}":"${id}"`).join(',')}}`)
    .join(',');
  writeFileSync(join(store, 'repositories.json'), `{"Repositories":{${text}}}`, { mode: 0o600 });
  return { configs, file: join(store, 'repositories.json') };
}

function writeLayer(store, chain, diff, parent) {
  const folder = join(store, 'layerdb/sha256', chain);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'diff'), `sha256:${diff}`);
  writeFileSync(join(folder, 'size'), '1024');
  writeFileSync(join(folder, 'cache-id'), chain);
  mkdirSync(join(store, '../../overlay2', chain, 'diff'), { recursive: true });
  writeFileSync(join(store, '../../overlay2', chain, 'link'), chain.slice(0, 26));
  if (parent !== undefined) writeFileSync(join(folder, 'parent'), `sha256:${parent}`);
}

function writeContainer(root, n, image, imageId) {
  const id = sha256(`container ${n}`);
  const folder = join(root, 'containers', id);
  mkdirSync(folder, { recursive: true, mode: 0o710 });
  writeFileSync(
    join(folder, 'config.v2.json'),
    JSON.stringify({
      ID: id,
      Name: `/container-${n}`,
      Driver: 'overlay2',
      Image: imageId,
      Created: '2024-01-01T00:00:00Z',
      State: { Running: false },
      Config: { Image: image, Labels: { text: 'x'.repeat(1000) } },
    }),
    { mode: 0o600 },
  );
}
