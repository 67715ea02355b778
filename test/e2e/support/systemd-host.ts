import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Outcome, output, type RunOptions, run } from './run.ts';
import { project, removeFolder, script, temporaryFolder } from './workplace.ts';

/** A booted host with a real systemd, docker.service and docker.socket; see systemd-host.sh. */
export class SystemdHost {
  /** Seen from outside; inside it is /var/lib/docker. */
  readonly dataRoot: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.dataRoot = join(folder, 'docker');
  }

  static async boot(): Promise<SystemdHost> {
    const host = new SystemdHost(await temporaryFolder('host'));
    await mkdir(join(host.#folder, 'exchange'));
    await host.up();
    return host;
  }

  /** Boots; the data root is as it was left. */
  async up(): Promise<void> {
    await output(script('systemd-host.sh'), ['up', this.#folder, project, join(this.#folder, 'exchange')]);
  }

  async down(): Promise<void> {
    await output(script('systemd-host.sh'), ['down', this.#folder]);
  }

  async dispose(): Promise<void> {
    await this.down();
    await removeFolder(this.#folder);
  }

  /** Runs a program inside, as root; gives its outcome, whatever its status. */
  run(program: string, args: readonly string[] = [], options?: RunOptions): Promise<Outcome> {
    return run(script('systemd-host.sh'), ['exec', this.#folder, program, ...args], options);
  }

  /** Runs a shell command inside that is expected to succeed; gives what it printed. */
  sh(command: string, options?: RunOptions): Promise<string> {
    return output(script('systemd-host.sh'), ['exec', this.#folder, 'sh', '-c', command], options);
  }

  /** A drop-in of docker.service, from the next boot on. */
  async dropIn(name: string, content: string): Promise<void> {
    const folder = join(this.#folder, 'docker.service.d');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), content);
  }

  /** Makes a file that is readable inside; gives its path, the same inside and outside. */
  async file(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.#folder, 'exchange', name);
    await writeFile(path, content);
    return path;
  }
}
