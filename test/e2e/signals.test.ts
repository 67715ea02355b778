import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Interrupt,
  type Interrupted,
  interruptAt,
  interrupted,
  interrupts,
} from '../support/interrupted.ts';
import { Dockerd } from './support/dockerd.ts';
import { dockerArchive, makeImage } from './support/images.ts';
import { adding, program } from './support/refstore.ts';
import { SystemdHost } from './support/systemd-host.ts';

const image = makeImage('app');
const signals = Object.keys(interrupts) as Interrupt[];
const stages = [
  ...['stopping', 'stopped', 'writing', 'starting', 'started'].map((stage) => ['stop-start', stage] as const),
  ...['writing', 'stopping', 'started'].map((stage) => ['restart', stage] as const),
];
const managers = ['command', 'pidfile', 'systemd'] as const;

/**
 * Each stage with each manager, each stage with each signal, each signal with each manager: a Latin square, a third
 * of all there is.
 */
const casesOf = (manager: (typeof managers)[number]) =>
  stages.map(([strategy, stage], index) => {
    const signal = signals[(index + managers.indexOf(manager)) % signals.length] as Interrupt;
    return [signal, strategy, stage] as const;
  });

let count = 0;
/** One that is not there yet. */
const newDigest = () => `team/app@sha256:${(++count).toString(16).padStart(64, '0')}`;

function expectInterrupted(outcome: Interrupted, signal: Interrupt): void {
  expect(outcome).toMatchObject({ isThere: true, status: interrupts[signal], left: [] });
  expect(outcome.stderr.match(new RegExp(`^${signal}: .+, then stopping$`, 'gm'))).toHaveLength(1);
}

const patch = (strategy: string, ...options: string[]) => [
  ...[program, '--verbose', 'patch', '-', '--yes', `--restart=${strategy}`],
  ...options,
];

describe.each(['command', 'pidfile'] as const)('by %s', (manager) => {
  let daemon: Dockerd;
  let file: string;

  beforeAll(async () => {
    daemon = await Dockerd.create();
    await daemon.start();
    await daemon.load(image, 'team/app:1');
    file = await daemon.repositoriesFile();
  });

  afterAll(async () => {
    await daemon?.dispose();
  });

  test.each(casesOf(manager))(
    '%s, four times, %s while %s: Docker is up and has what the file says',
    async (signal, strategy, stage) => {
      const how =
        manager === 'pidfile'
          ? [`--pid-file=${daemon.pidFile}`]
          : [`--stop-command=${daemon.command('stop')}`, `--start-command=${daemon.command('start')}`];
      const digest = newDigest();
      const outcome = await interrupted(
        stage,
        signal,
        [process.execPath, ...patch(strategy, `--manager=${manager}`, ...how)],
        { input: adding(image.id, digest), env: { DOCKER_HOST: daemon.host } },
      );
      expectInterrupted(outcome, signal);
      expect(await daemon.answers()).toBe(true);
      const isWritten = (await readFile(file, 'utf8')).includes(digest);
      expect((await daemon.inspect(image.id)).RepoDigests.includes(digest)).toBe(isWritten);
    },
  );
});

describe('by systemd', () => {
  let host: SystemdHost;

  beforeAll(async () => {
    host = await SystemdHost.boot();
    const archive = await host.file('app.tar', dockerArchive(image, ['team/app:1']));
    await host.sh(`docker load --quiet --input ${archive}`);
  });

  afterAll(async () => {
    await host?.dispose();
  });

  test.each(casesOf('systemd'))(
    '%s, four times, %s while %s: service and socket are up, Docker has what the file says',
    async (signal, strategy, stage) => {
      const digest = newDigest();
      const { stdout } = await host.run('node', [interruptAt, stage, signal, 'node', ...patch(strategy)], {
        input: adding(image.id, digest),
      });
      expectInterrupted(JSON.parse(stdout) as Interrupted, signal);
      expect(await host.sh('systemctl is-active docker.service docker.socket')).toBe('active\nactive\n');
      const isWritten = (await host.sh('cat /var/lib/docker/image/*/repositories.json')).includes(digest);
      const digests = await host.sh(`docker image inspect --format '{{json .RepoDigests}}' ${image.id}`);
      expect(digests.includes(digest)).toBe(isWritten);
    },
  );
});
