import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { repositories } from './cli-store.ts';
import { DataRoot, digestOf, indexOf, manifestOf, ociManifest } from './data-root.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** One image with a manifest of its own, and one that an index names; the same on every host. */
export class Hosts {
  readonly app = imageId('app');
  readonly multi = imageId('multi');
  readonly appManifest = JSON.stringify(manifestOf(this.app));
  readonly multiManifest = JSON.stringify(manifestOf(this.multi, ociManifest));
  readonly index = JSON.stringify(
    indexOf([
      { digest: digestOf(this.multiManifest), platform: { os: 'linux', architecture: 'amd64' } },
      { digest: `sha256:${'e'.repeat(64)}`, platform: { os: 'linux', architecture: 'arm64' } },
    ]),
  );
  readonly appDigest = `registry.example.com/app@${digestOf(this.appManifest)}`;
  readonly multiDigest = `multi@${digestOf(this.index)}`;

  readonly tags = {
    multi: { 'multi:1': this.multi },
    'registry.example.com/app': { 'registry.example.com/app:1': this.app },
  };

  /** Where both were pulled. */
  async connected(): Promise<Host> {
    const host = await this.#host({
      multi: { ...this.tags.multi, [this.multiDigest]: this.multi },
      'registry.example.com/app': {
        ...this.tags['registry.example.com/app'],
        [this.appDigest]: this.app,
      },
    });
    const { root } = host;
    for (const blob of [this.appManifest, this.multiManifest, this.index]) await root.blob(blob);
    const dockerIo = { sources: { 'docker.io': 'library/multi' }, images: [this.multi] };
    await root.metadata({
      [digestOf(this.appManifest)]: { sources: { 'registry.example.com': 'app' }, images: [this.app] },
      [digestOf(this.multiManifest)]: dockerIo,
      [digestOf(this.index)]: dockerIo,
    });
    return host;
  }

  /** Where both were loaded: tags only. */
  async airGapped(content: Readonly<Record<string, Readonly<Record<string, string>>>> = this.tags) {
    return this.#host(content);
  }

  /** A lock document of both. Returns its file. */
  async lockFile(change: (text: string) => string = (text) => text): Promise<string> {
    const digests = [
      { reference: this.multiDigest, digest: digestOf(this.index), image: this.multi, tags: ['multi:1'] },
      { reference: this.appDigest, digest: digestOf(this.appManifest), image: this.app },
    ];
    const manifests = [this.appManifest, this.multiManifest, this.index].map((text) => {
      return {
        mediaType: JSON.parse(text).mediaType,
        digest: digestOf(text),
        size: Buffer.byteLength(text),
        data: Buffer.from(text).toString('base64'),
      };
    });
    const file = join(await temporaryFolder(), 'digests.json');
    const document = { schema: 'docker-refstore/digests/v1', digests, manifests };
    await writeFile(file, change(JSON.stringify(document)));
    return file;
  }

  async #host(content: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<Host> {
    const root = await DataRoot.make();
    await root.image('app');
    await root.image('multi');
    await root.write('image/overlay2/repositories.json', repositories(content));
    const store = await openStore({ dataRoot: root.path, installations: [], command: 'test' });
    return { root, store, at: ['--data-root', root.path] };
  }
}

export interface Host {
  readonly root: DataRoot;
  readonly store: Store;
  /** The global options that name it. */
  readonly at: readonly string[];
}

/** As DataRoot.image makes it. */
function imageId(name: string): string {
  const rootfs = { type: 'layers', diff_ids: [digestOf(name)] };
  return digestOf(JSON.stringify({ os: 'linux', name, rootfs }));
}
