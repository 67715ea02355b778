import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Carried, kinds, layoutArchive, makeCarried, pushCarried } from './support/carried.ts';
import { Dockerd, everyEngine } from './support/dockerd.ts';
import { annotatedManifest, dockerArchive, makeImage } from './support/images.ts';
import { besideEnvironment, program, refstoreBeside } from './support/refstore.ts';
import { Registry } from './support/registry.ts';

interface LiveDocument {
  readonly changed: boolean;
  readonly effective: boolean;
  readonly live: {
    readonly operations: readonly { readonly reference: string; readonly how: string }[];
    readonly host: readonly { readonly what: string; readonly file: string; readonly putBack: boolean }[];
    readonly registry?: {
      readonly versionChecks: number;
      readonly manifests: number;
      readonly refused: readonly unknown[];
    };
  };
}

/** Registries that do not answer: Docker Hub, two loopback names, two names of elsewhere. */
const away = [undefined, '127.0.0.1:5999', 'localhost:5998', 'registry.example', 'other.example:5443'];
const daemonJson = '{\n  "debug":false,  "max-concurrent-downloads": 3\n}\n';

describe.each(everyEngine)('Docker %s', (line) => {
  let daemon: Dockerd;
  let carried: Carried[];
  let archive: string;
  let before: { readonly pid: number; readonly stat: string; readonly hosts: string };

  beforeAll(async () => {
    daemon = await Dockerd.create({ line, ownEtc: true, config: {} });
    await writeFile(etc('docker/daemon.json'), daemonJson);
    await daemon.start();
    carried = away.flatMap((name, index) =>
      kinds.map((kind) => makeCarried(kind, name === undefined ? undefined : { name }, `live${index}`)),
    );
    for (const { image, tag } of carried) await daemon.load(image, tag);
    archive = join(daemon.folder, 'all.tar');
    await writeFile(archive, layoutArchive(carried));
    const pid = await daemon.pid();
    before = { pid, stat: await startOf(pid), hosts: await readFile(etc('hosts'), 'utf8') };
  });

  afterAll(async () => {
    await daemon?.dispose();
  });

  const etc = (name: string) => join(daemon.folder, 'etc', name);

  async function startOf(pid: number): Promise<string> {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')')).split(' ')[20] ?? '';
  }

  async function run(...args: string[]) {
    return refstoreBeside(daemon, [...args, '--yes']);
  }

  async function runJson(...args: string[]) {
    const { status, stdout, stderr } = await run(...args, '--json');
    return { status, stderr, document: JSON.parse(stdout) as LiveDocument };
  }

  /** The daemon is the one that it was, and nothing on the host is otherwise than it was. */
  async function expectUntouched(): Promise<void> {
    expect(await daemon.pid()).toBe(before.pid);
    expect(await startOf(before.pid)).toBe(before.stat);
    expect(await readFile(etc('hosts'), 'utf8')).toBe(before.hosts);
    expect(await readFile(etc('docker/daemon.json'), 'utf8')).toBe(daemonJson);
    // 20.10 makes itself a key there.
    expect((await readdir(etc('docker'))).filter((name) => name !== 'key.json')).toEqual(['daemon.json']);
    expect(await mirrors()).toEqual([]);
    expect(await readdir(join(daemon.folder, 'state')).catch(() => [])).toEqual([]);
  }

  async function mirrors(): Promise<string[]> {
    const text = await daemon.docker('info', '--format', '{{json .RegistryConfig.Mirrors}}');
    return (JSON.parse(text) as string[] | null) ?? [];
  }

  const restore = ['digests', 'restore', '--from'];

  test('without a way, the refusal says what this host can have', async () => {
    const { status, stderr } = await run(...restore, `oci-archive:${archive}`);
    expect({ status, stderr }).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('--live: not here'),
    });
    expect(stderr).toContain('--live-hosts');
    expect(stderr).toContain('--restart=stop-start');
  });

  test('without --live-hosts, names of other registries are refused, and nothing is changed', async () => {
    const file = await readFile(await daemon.repositoriesFile());
    const { status, stderr } = await run(...restore, `oci-archive:${archive}`, '--live');
    expect({ status, stderr }).toMatchObject({ status: 3, stderr: expect.stringContaining('--live-hosts') });
    expect(await readFile(await daemon.repositoriesFile())).toEqual(file);
    await expectUntouched();
  });

  test('a port that is taken is refused before anything is changed', async () => {
    const squatter = createServer().listen(5999, '127.0.0.1');
    await once(squatter, 'listening');
    try {
      const { status, stderr } = await run(...restore, `oci-archive:${archive}`, '--live', '--live-hosts');
      expect({ status, stderr }).toMatchObject({ status: 3, stderr: expect.stringContaining('port 5999') });
      await expectUntouched();
    } finally {
      squatter.close();
    }
  });

  test.each(['serving', 'changing', 'verifying', 'putting-back'])(
    'killed at the stage "%s": status says so, and the next command puts the host back',
    async (stage) => {
      const ended = await signalledAt(stage, 'SIGKILL', [
        ...restore,
        `oci-archive:${archive}`,
        '--live',
        '--live-hosts',
        '--yes',
      ]);
      expect(ended.signal).toBe('SIGKILL');
      const left = await readdir(join(daemon.folder, 'state')).catch((): string[] => []);
      const { stdout } = await refstoreBeside(daemon, ['status']);
      expect(stdout.includes('interrupted')).toBe(left.some((name) => name.startsWith('live-')));
      expect((await refstoreBeside(daemon, ['ls'])).status).toBe(0);
      await expectUntouched();
      for (const { digest } of carried) await daemon.docker('rmi', digest).catch(() => undefined);
    },
  );

  test('interrupted while the daemon makes the change: all of it is undone, and the host is put back', async () => {
    const file = await readFile(await daemon.repositoriesFile(), 'utf8');
    const args = [...restore, `oci-archive:${archive}`, '--live', '--live-hosts', '--yes'];
    const { code, said } = await signalledAt('changing', 'SIGTERM', args);
    expect({ code, said }).toMatchObject({ code: 143, said: expect.stringContaining('was undone') });
    expect(await readFile(await daemon.repositoriesFile(), 'utf8')).toBe(file);
    await expectUntouched();
  });

  async function signalledAt(stage: string, signal: 'SIGKILL' | 'SIGTERM', args: readonly string[]) {
    const words = [
      '--target',
      `${before.pid}`,
      '--mount',
      '--',
      process.execPath,
      program,
      ...args,
      '--verbose',
    ];
    const child = spawn('nsenter', words, {
      env: { ...process.env, ...besideEnvironment(daemon) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    let isSent = false;
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
      if (!isSent && said.split('\n').includes(stage)) isSent = child.kill(signal);
    });
    const [code, ended] = (await once(child, 'exit')) as [number | null, string | null];
    return { code, signal: ended, said };
  }

  test('gives the digests of every kind and every name, while a container runs; no blob is asked for', async () => {
    const [one] = carried;
    const folders = ['/usr', '/lib', '/lib64'].map((folder) => `--volume=${folder}:${folder}:ro`);
    const sleep = ['--entrypoint=/usr/bin/sleep', one?.tag ?? '', '600'];
    await daemon.docker('run', '--detach', '--name=kept', '--network=none', ...folders, ...sleep);
    const started = await daemon.docker('inspect', '--format={{.State.StartedAt}}', 'kept');
    const polls: Promise<boolean>[] = [];
    const polling = setInterval(() => polls.push(daemon.answers()), 50);
    const { status, document, stderr } = await runJson(
      ...restore,
      `oci-archive:${archive}`,
      '--live',
      '--live-hosts',
    );
    clearInterval(polling);
    expect(new Set(await Promise.all(polls))).toEqual(new Set([true]));
    const state = '--format={{.State.Running}} {{.State.StartedAt}}';
    expect(await daemon.docker('inspect', state, 'kept')).toBe(`true ${started}`);
    await daemon.docker('rm', '--force', 'kept');
    expect({ status, stderr, document }).toMatchObject({
      status: 0,
      document: { changed: true, effective: true },
    });
    const hows = new Map(document.live.operations.map(({ reference, how }) => [reference, how]));
    const ways = ['mirror', 'port', 'port', 'hosts', 'hosts'];
    expect(carried.map(({ digest }) => hows.get(digest))).toEqual(
      ways.flatMap((way) => kinds.map(() => way)),
    );
    expect(document.live.registry?.refused).toEqual([]);
    expect(document.live.host.map(({ what }) => what).sort()).toEqual(['hosts-line', 'registry-mirrors']);
    await expectUntouched();
    const stored = await readFile(await daemon.repositoriesFile(), 'utf8');
    for (const { digest, image } of carried) {
      expect(await daemon.inspect(digest)).toMatchObject({ Id: image.id });
      expect(stored).toContain(`"${digest}":"${image.id}"`);
    }
    expect((await run(...restore, `oci-archive:${archive}`, '--live')).stdout).toContain('nothing to change');
  });

  test('each of them runs by its digest', async () => {
    for (const { digest, greeting } of carried) {
      expect(await daemon.docker('run', '--rm', '--network=none', digest)).toBe(greeting);
    }
  });

  test('a registry that answers is asked itself, and nothing on the host is changed', async () => {
    const registry = await Registry.start();
    try {
      const image = makeCarried('OCI index', registry, 'itself');
      await pushCarried(registry, image);
      await daemon.load(image.image, image.tag);
      const { status, document } = await runJson(...restore, `docker://${image.tag}`, '--live');
      expect({ status, document }).toMatchObject({
        status: 0,
        document: { live: { operations: [{ reference: image.digest, how: 'registry' }], host: [] } },
      });
    } finally {
      await registry.stop();
    }
    await expectUntouched();
  });

  test('tags are added, moved and removed; the last name of an image is not', async () => {
    const [one, other] = carried;
    const tagged = await run('tag', one?.tag ?? '', 'moved:1', '--live');
    expect(tagged).toMatchObject({ status: 0 });
    expect(await run('tag', other?.tag ?? '', 'moved:1', '--force', '--live')).toMatchObject({ status: 0 });
    expect(await daemon.inspect('moved:1')).toMatchObject({ Id: other?.image.id });
    expect(await run('untag', 'moved:1', '--live')).toMatchObject({ status: 0 });
    const last = makeImage('the only name');
    await daemon.load(last, 'only:1');
    const refused = await run('untag', 'only:1', '--live');
    expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining('last name of the image') });
    const digestsToo = await run('untag', one?.tag ?? '', '--live');
    expect(digestsToo).toMatchObject({ status: 3, stderr: expect.stringContaining('would remove') });
    await daemon.inspectAll(['only:1', one?.digest ?? '']);
    await expectUntouched();
  });

  test('load: the archive, and its digests, without a restart', async () => {
    const image = makeCarried('OCI manifest', undefined, 'loaded');
    const file = join(daemon.folder, 'loaded.tar');
    await writeFile(file, layoutArchive([image]));
    expect(await run('load', file, '--live')).toMatchObject({ status: 0 });
    expect(await daemon.inspect(image.digest)).toMatchObject({ Id: image.image.id });
    await expectUntouched();
  });

  // One engine is enough for numbers.
  if (line === '28.5') {
    test('500 digests in one run, with two requests for each at most', async () => {
      const image = makeImage('many');
      const many = Array.from({ length: 500 }, (_, index) => {
        const top = annotatedManifest(image, { number: `${index}` });
        return { ...(carried[0] as Carried), tag: `many/${index}:1.0`, image, images: [image], top };
      });
      const tar = join(daemon.folder, 'many.tar');
      await writeFile(
        tar,
        dockerArchive(
          image,
          many.map(({ tag }) => tag),
        ),
      );
      await daemon.docker('load', '--quiet', '--input', tar);
      await writeFile(tar, layoutArchive(many));
      const { status, document } = await runJson(...restore, `oci-archive:${tar}`, '--live');
      expect({ status }).toEqual({ status: 0 });
      expect(document.live.operations).toHaveLength(500);
      const { versionChecks = 0, manifests = 0, refused } = document.live.registry ?? {};
      expect(manifests).toBeLessThanOrEqual(1000);
      expect(versionChecks).toBeLessThanOrEqual(1000);
      expect(refused).toEqual([]);
      expect((await daemon.inspect(many[499]?.tag ?? '')).RepoDigests).toHaveLength(500);
      await expectUntouched();
    });
  }
});
