import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Blob, TestImage } from './images.ts';
import { until } from './run.ts';
import { removeFolder, temporaryFolder } from './workplace.ts';

/** A real registry (docker-registry) on a free loopback port. */
export class Registry {
  /** As image names begin: `127.0.0.1:PORT`. */
  readonly name: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(name: string, folder: string, child: ChildProcess) {
    this.name = name;
    this.#folder = folder;
    this.#process = child;
  }

  static async start(): Promise<Registry> {
    const folder = await temporaryFolder('registry');
    const name = `127.0.0.1:${await freePort()}`;
    const configuration = join(folder, 'config.yml');
    await writeFile(
      configuration,
      `version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: ${folder}/data}}\nhttp: {addr: "${name}"}\n`,
    );
    const log = await open(join(folder, 'log'), 'w');
    const child = spawn('docker-registry', ['serve', configuration], { stdio: ['ignore', log.fd, log.fd] });
    await log.close();
    const failure = once(child, 'error').then(([cause]) => {
      throw new Error('docker-registry does not run: see test/e2e/support/install.sh', { cause });
    });
    const registry = new Registry(name, folder, child);
    await writeFile(join(folder, 'registry.pid'), `${child.pid ?? ''}`);
    await Promise.race([failure, until('the registry to answer', () => registry.#answers())]);
    return registry;
  }

  async #answers(): Promise<true | undefined> {
    if (this.#process.exitCode !== null)
      throw new Error(`docker-registry ended with status ${this.#process.exitCode}`);
    const response = await fetch(`http://${this.name}/v2/`).catch(() => undefined);
    return response?.ok ? true : undefined;
  }

  /** Stops it; what it stored is gone. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill();
      await ended;
    }
    await removeFolder(this.#folder);
  }

  /** Uploads the image's config, layer and one manifest; gives the manifest's digest, by which it can be pulled. */
  async push(repository: string, image: TestImage, kind: 'schema2' | 'oci', tag?: string): Promise<string> {
    await this.#upload(repository, image.config);
    await this.#upload(repository, image.layer);
    return this.pushManifest(repository, image.manifests[kind], tag);
  }

  /** Uploads a manifest or index whose parts are there already. */
  async pushManifest(repository: string, manifest: Blob, tag?: string): Promise<string> {
    for (const reference of tag === undefined ? [manifest.digest] : [manifest.digest, tag]) {
      await this.#send('PUT', `http://${this.name}/v2/${repository}/manifests/${reference}`, manifest);
    }
    return manifest.digest;
  }

  async #upload(repository: string, part: Blob): Promise<void> {
    const begun = await this.#send('POST', `http://${this.name}/v2/${repository}/blobs/uploads/`);
    const place = new URL(begun.headers.get('location') ?? '', begun.url);
    place.searchParams.set('digest', part.digest);
    await this.#send('PUT', place.href, { ...part, mediaType: 'application/octet-stream' });
  }

  async #send(method: string, url: string, body?: Blob): Promise<Response> {
    const content = body && { body: new Uint8Array(body.bytes), headers: { 'content-type': body.mediaType } };
    const response = await fetch(url, { method, ...content });
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
    return response;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
