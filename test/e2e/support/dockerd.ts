import { access, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { dockerArchive, type TestImage } from './images.ts';
import { output, run, until } from './run.ts';
import { cache, removeFolder, script, temporaryFolder } from './workplace.ts';

/** The lines of engines that install.sh puts in place. */
export const everyEngine = ['20.10', '26.1', '28.5'] as const;
export type EngineLine = (typeof everyEngine)[number];

/** The engines that tests of the file's meaning run against: REFSTORE_E2E_ENGINES, lines with spaces between. */
export const engineLines = (process.env['REFSTORE_E2E_ENGINES'] ?? '20.10').split(' ') as EngineLine[];

export interface DockerdOptions {
  readonly line?: EngineLine;
  /** The contents of daemon.json. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly flags?: readonly string[];
  /** Gives the daemon a copy of /etc in a mount namespace of its own, daemon.json in it where a config is given. */
  readonly ownEtc?: boolean;
}

/** The parts of `docker image inspect` that tests look at. */
export interface InspectedImage {
  readonly Id: string;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
}

/** One real daemon with a data root, socket and pid file of its own. */
export class Dockerd {
  readonly folder: string;
  readonly root: string;
  readonly socket: string;
  readonly host: string;
  readonly pidFile: string;
  readonly #engine: string;

  private constructor(folder: string, engine: string) {
    this.folder = folder;
    this.#engine = engine;
    this.root = join(folder, 'root');
    this.socket = join(folder, 'docker.sock');
    this.host = `unix://${this.socket}`;
    this.pidFile = join(folder, 'docker.pid');
  }

  /** A daemon that does not run yet, on an empty data root. */
  static async create(options: DockerdOptions = {}): Promise<Dockerd> {
    const line = options.line ?? '20.10';
    const engine = join(cache, 'engines', line);
    await access(join(engine, '.ready')).catch((cause: unknown) => {
      throw new Error(`no engine ${line} in ${engine}: run test/e2e/support/install.sh engine ${line}`, {
        cause,
      });
    });
    const folder = await temporaryFolder('dockerd');
    // 20.10 does not know --ip6tables; the later ones want iptables for it unless told.
    const flags = line === '20.10' ? [] : ['--ip6tables=false'];
    await mkdir(join(folder, 'root'), { mode: 0o710 });
    await writeFile(join(folder, 'engine'), `${engine}\n`);
    await writeFile(
      join(folder, 'flags'),
      [...flags, ...(options.flags ?? [])].map((flag) => `${flag}\n`).join(''),
    );
    if (options.ownEtc === true) {
      await cp('/etc', join(folder, 'etc'), { recursive: true, verbatimSymlinks: true });
      await rm(join(folder, 'etc/docker'), { recursive: true, force: true });
      if (options.config !== undefined) {
        await mkdir(join(folder, 'etc/docker'));
        await writeFile(join(folder, 'etc/docker/daemon.json'), JSON.stringify(options.config));
      }
    } else await writeFile(join(folder, 'daemon.json'), JSON.stringify(options.config ?? {}));
    return new Dockerd(folder, engine);
  }

  /** The command that an operator would give for this daemon. */
  command(action: 'start' | 'stop' | 'restart'): string {
    return `${script('dockerd.sh')} ${action} ${this.folder}`;
  }

  /** Starts and waits for an answer; throws with the daemon's last words when it dies instead. */
  async start(): Promise<void> {
    if (!(await this.tryStart())) throw new Error(`dockerd did not start:\n${await this.lastWords()}`);
  }

  /** As start, but false where the daemon refuses to start. */
  async tryStart(): Promise<boolean> {
    await output(script('dockerd.sh'), ['start', this.folder]);
    const pid = (await readFile(join(this.folder, 'started.pid'), 'utf8')).trim();
    return until(
      'the daemon to answer or to die',
      async () => ((await this.answers()) ? true : (await isRunning(pid)) ? undefined : false),
      { timeoutMs: 60_000 },
    );
  }

  async stop(): Promise<void> {
    await output(script('dockerd.sh'), ['stop', this.folder]);
  }

  /** Ends it without a chance to tidy up; quicker than a stop by a second. */
  async kill(): Promise<void> {
    await output(script('dockerd.sh'), ['kill', this.folder]);
  }

  /** Stops, and removes all that the daemon had. */
  async dispose(): Promise<void> {
    await this.stop();
    const mounts = (await readFile('/proc/mounts', 'utf8'))
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '');
    for (const mount of mounts.filter((path) => path.startsWith(`${this.folder}/`)).reverse()) {
      await run('umount', ['--lazy', mount]);
    }
    await removeFolder(this.folder);
  }

  answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const ping = request({ socketPath: this.socket, path: '/_ping', timeout: 2000 }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      ping.on('timeout', () => ping.destroy());
      ping.on('error', () => resolve(false));
      ping.end();
    });
  }

  /** This engine's own command-line client, talking to this daemon. */
  docker(...args: string[]): Promise<string> {
    const client = join(this.#engine, 'usr/bin/docker');
    return output(client, args, {
      env: { DOCKER_HOST: this.host, DOCKER_CONFIG: join(this.folder, 'client') },
    });
  }

  async pid(): Promise<number> {
    return Number(await readFile(this.pidFile, 'utf8'));
  }

  /** Loads an image under these tags. */
  async load(image: TestImage, ...tags: string[]): Promise<void> {
    const archive = join(this.folder, 'load.tar');
    await writeFile(archive, dockerArchive(image, tags));
    await this.docker('load', '--quiet', '--input', archive);
  }

  /** What `docker image inspect` says of each. */
  async inspectAll(references: readonly string[]): Promise<InspectedImage[]> {
    return JSON.parse(await this.docker('image', 'inspect', ...references)) as InspectedImage[];
  }

  async inspect(reference: string): Promise<InspectedImage> {
    const [image] = await this.inspectAll([reference]);
    if (image === undefined) throw new Error(`docker image inspect ${reference} gave nothing`);
    return image;
  }

  /** The store's file. Which graph driver the engine picks depends on the machine; it makes the folder when it first starts. */
  async repositoriesFile(): Promise<string> {
    const [driver, ...others] = await readdir(join(this.root, 'image'));
    if (driver === undefined || others.length > 0)
      throw new Error(`not one graph driver in ${this.root}/image`);
    return join(this.root, 'image', driver, 'repositories.json');
  }

  /** How often it was started so far, by its own log. */
  async starts(): Promise<number> {
    return (await readFile(join(this.folder, 'log'), 'utf8')).split('msg="Starting up"').length - 1;
  }

  async lastWords(): Promise<string> {
    const lines = (await readFile(join(this.folder, 'log'), 'utf8')).trimEnd().split('\n');
    const telling = lines.filter((line) =>
      /^failed to start|^panic|level=(fatal|error)|^unable|^invalid/.test(line),
    );
    return (telling.length > 0 ? telling : lines).slice(-5).join('\n');
  }
}

async function isRunning(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /\) [^ZX] /.test(stat);
}
