import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { connectEngine } from '../../src/engine/connect.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { configOf } from './cli-store.ts';
import { lay, temporaryFolder } from './temporary-folder.ts';

const script = fileURLToPath(new URL('./fake-daemon.mjs', import.meta.url));

export interface Behaviour {
  readonly failOn?: string;
  readonly deafOn?: string;
  readonly forget?: string;
  readonly tagAtStop?: { readonly reference: string; readonly image: string };
  readonly stopMs?: number;
  readonly rootDir?: string;
  readonly id?: string;
  readonly containerd?: boolean;
  readonly loadFails?: string;
  readonly loadsAs?: string;
  readonly lockAtLoad?: boolean;
  readonly containers?: readonly { name: string; restartPolicy: string; autoRemove: boolean }[];
}

/** fake-daemon.mjs on a data root of its own, and what a test does to it from outside. */
export class FakeDaemon {
  readonly folder: string;
  readonly dataRoot: string;
  readonly file: string;
  readonly pidFile: string;
  readonly logFile: string;
  readonly host: string;
  readonly engine: Engine;

  private constructor(folder: string) {
    this.folder = folder;
    this.dataRoot = join(folder, 'root');
    this.file = join(this.dataRoot, 'image/overlay2/repositories.json');
    this.pidFile = join(folder, 'docker.pid');
    this.logFile = join(folder, 'log');
    this.host = `unix://${join(folder, 'docker.sock')}`;
    this.engine = connectEngine({ host: this.host, env: {} });
  }

  /** A daemon that does not run yet. `content`: its repositories.json. `images`: the IDs that it has. */
  static async create(
    content: string,
    images: readonly string[],
    behaviour: Behaviour = {},
  ): Promise<FakeDaemon> {
    const daemon = new FakeDaemon(await temporaryFolder());
    await lay(daemon.dataRoot, { 'image/overlay2/repositories.json': content });
    await mkdir(join(daemon.dataRoot, 'image/overlay2/imagedb/content/sha256'), { recursive: true });
    for (const id of images) {
      const config = `image/overlay2/imagedb/content/sha256/${id.replace('sha256:', '')}`;
      await lay(daemon.dataRoot, { [config]: configOf(id) });
    }
    await lay(daemon.dataRoot, { 'overlay2/': '' });
    await daemon.behave(behaviour);
    onTestFinished(() => daemon.kill());
    return daemon;
  }

  /** A daemon that runs. */
  static async start(
    content: string,
    images: readonly string[],
    behaviour: Behaviour = {},
  ): Promise<FakeDaemon> {
    const daemon = await FakeDaemon.create(content, images, behaviour);
    await daemon.start();
    return daemon;
  }

  get startCommand(): string {
    const argv = [
      process.execPath,
      script,
      '--data-root',
      this.dataRoot,
      '--pidfile',
      this.pidFile,
      '-H',
      this.host,
    ];
    return `${argv.join(' ')} >>${this.logFile} 2>&1 &`;
  }

  /** As an operator would write it: ends it, and waits until it is gone. */
  get stopCommand(): string {
    return `kill $(cat ${this.pidFile}) && while test -e ${this.pidFile}; do sleep 0.02; done`;
  }

  /** Takes effect at the next start. */
  async behave(behaviour: Behaviour): Promise<void> {
    await writeFile(join(this.dataRoot, 'behaviour.json'), JSON.stringify(behaviour));
  }

  async start(more: readonly string[] = []): Promise<void> {
    const command = this.startCommand.replace(' >>', `${more.map((word) => ` ${word}`).join('')} >>`);
    spawn('sh', ['-c', command], { stdio: 'ignore' });
    for (let tries = 0; ; tries++) {
      if (await this.isUp()) return;
      if (tries === 500) throw new Error(`the fake daemon does not answer: ${await this.log()}`);
      await pause(20);
    }
  }

  async isUp(): Promise<boolean> {
    return this.engine.ping({ timeoutMs: 500 }).then(
      () => true,
      () => false,
    );
  }

  async pid(): Promise<number | undefined> {
    return Number(await readFile(this.pidFile, 'utf8').catch(() => '')) || undefined;
  }

  async log(): Promise<string> {
    return readFile(this.logFile, 'utf8').catch(() => '');
  }

  async content(): Promise<string> {
    return readFile(this.file, 'utf8');
  }

  /** `docker tag`, as another client would call it. */
  async tag(image: string, repo: string, tag: string): Promise<void> {
    await this.#call('POST', `/v1.41/images/${image}/tag?repo=${repo}&tag=${tag}`, 201);
  }

  /** `docker rmi`. */
  async untag(reference: string): Promise<void> {
    await this.#call('DELETE', `/v1.41/images/${reference}`, 200);
  }

  async store(): Promise<Store> {
    return openStore({ dataRoot: this.dataRoot, installations: [], command: 'test' });
  }

  async kill(): Promise<void> {
    const pid = await this.pid();
    if (pid === undefined) return;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
    await rm(this.pidFile, { force: true });
  }

  async #call(method: string, path: string, expected: number): Promise<void> {
    const status = await new Promise((resolve, reject) => {
      request({ socketPath: this.host.slice('unix://'.length), method, path }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      })
        .on('error', reject)
        .end();
    });
    if (status !== expected) throw new Error(`${method} ${path}: ${status}`);
  }
}
