import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dockerArchive, makeImage } from './support/images.ts';
import { adding, program } from './support/refstore.ts';
import { until } from './support/run.ts';
import { SystemdHost } from './support/systemd-host.ts';

const image = makeImage('app');
let host: SystemdHost;

beforeAll(async () => {
  host = await SystemdHost.boot();
  const archive = await host.file('app.tar', dockerArchive(image, ['team/app:1']));
  await host.sh(`docker load --quiet --input ${archive}`);
});

afterAll(async () => {
  await host?.dispose();
});

const patch = (input: string, ...options: string[]) =>
  host.run('node', [program, 'patch', '-', '--yes', '--json', ...options], { input });

/** When systemd began to start the daemon, since the host was booted: in microseconds since 1970. */
async function starts(): Promise<number[]> {
  const journal = await host.sh('journalctl --boot --no-pager --output=json --unit=docker.service');
  const entries = journal
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { MESSAGE: string; __REALTIME_TIMESTAMP: string });
  return entries
    .filter(({ MESSAGE }) => MESSAGE.startsWith('Starting docker.service'))
    .map(({ __REALTIME_TIMESTAMP: time }) => Number(time));
}

/** When the store's file came to its place: in microseconds since 1970. */
async function written(): Promise<number> {
  return Number(await host.sh('stat --format=%.6Z /var/lib/docker/image/*/repositories.json')) * 1e6;
}

async function digests(): Promise<string[]> {
  const text = await host.sh(`docker image inspect --format '{{json .RepoDigests}}' ${image.id}`);
  return JSON.parse(text) as string[];
}

/** A client that asks the daemon all the time, as monitoring does, until the returned function ends it. */
async function poll(): Promise<() => Promise<number>> {
  const source = `
    const { request } = require('node:http');
    let answers = 0;
    const ask = () => {
      const ping = request({ socketPath: '/var/run/docker.sock', path: '/_ping', timeout: 5000 }, (response) => {
        if (response.statusCode === 200) answers++;
        response.resume().on('close', again);
      });
      ping.on('timeout', () => ping.destroy());
      ping.on('error', again);
      ping.end();
    };
    const again = () => require('node:fs').existsSync('/run/poll') ? setTimeout(ask, 5) : console.log(answers);
    ask();`;
  await host.sh('touch /run/poll');
  const poller = host.run('node', ['-e', source]);
  return async () => {
    await host.sh('rm -f /run/poll');
    return Number((await poller).stdout);
  };
}

describe('stop-start', () => {
  test('a client that polls the socket does not wake the daemon before the write', async () => {
    const digest = `team/app@sha256:${'1'.repeat(64)}`;
    const before = await starts();
    const stopPolling = await poll();
    const { status, stdout, stderr } = await patch(adding(image.id, digest), '--restart');
    const answers = await stopPolling();
    expect({ status, stderr, document: JSON.parse(stdout) }).toMatchObject({
      status: 0,
      document: { changed: true, effective: true },
    });
    const after = await starts();
    expect(after).toHaveLength(before.length + 1);
    expect(after.at(-1)).toBeGreaterThan(await written());
    expect(await digests()).toEqual([digest]);
    expect(answers).toBeGreaterThan(0);
    expect(await host.sh('systemctl is-active docker.service docker.socket')).toBe('active\nactive\n');
  });

  test('five patches within a minute are not stopped by the start limit', async () => {
    for (const number of ['a', 'b', 'c', 'd', 'e']) {
      const digest = `team/app@sha256:${number.repeat(64)}`;
      const { status, stderr } = await patch(adding(image.id, digest), '--restart');
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(await digests()).toContain(digest);
    }
    expect(await host.sh('systemctl is-active docker.service docker.socket')).toBe('active\nactive\n');
  });
});

test('restart: the daemon has it, the socket unit listens', async () => {
  const digest = `team/app@sha256:${'2'.repeat(64)}`;
  const { status, stderr } = await patch(adding(image.id, digest), '--restart=restart');
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(await digests()).toContain(digest);
  expect(await host.sh('systemctl is-active docker.service docker.socket')).toBe('active\nactive\n');
});

test('a start that fails once: the file and the daemon agree, and the status says which it is', async () => {
  // docker.service has Restart=always: systemd itself tries again, while we put the old bytes back.
  const unit = '/run/systemd/system/docker.service.d/break.conf';
  await host.sh(`mkdir -p $(dirname ${unit}); cat >${unit} <<'END'
[Service]
ExecStartPre=/bin/sh -c '! rm /run/break 2>/dev/null'
END`);
  await host.sh('systemctl daemon-reload; touch /run/break');
  const digest = `team/app@sha256:${'4'.repeat(64)}`;
  const before = await host.sh('cat /var/lib/docker/image/*/repositories.json');
  const { status, stderr } = await patch(adding(image.id, digest), '--restart');
  await host.sh(`rm ${unit}; systemctl daemon-reload`);
  const after = await host.sh('cat /var/lib/docker/image/*/repositories.json');
  const isThere = (await digests()).includes(digest);
  expect({ status, stderr, isThere, isUnchanged: after === before }).toMatchObject(
    status === 0 ? { isThere: true, isUnchanged: false } : { status: 6, isThere: false, isUnchanged: true },
  );
});

test('a daemon that only its socket would wake stays asleep while the stopped store is patched', async () => {
  const digest = `team/app@sha256:${'3'.repeat(64)}`;
  await host.sh('systemctl reset-failed docker.service; systemctl stop docker.service docker.socket');
  const before = await starts();
  const { status, stderr } = await patch(adding(image.id, digest), '--data-root=/var/lib/docker');
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(await starts()).toEqual(before);
  await host.sh('systemctl start docker.socket docker.service');
  expect(await digests()).toContain(digest);
});

test('the patch outlives a reboot', async () => {
  const before = await digests();
  await host.down();
  await host.up();
  await until('docker.service', async () =>
    (await host.run('docker', ['info'])).status === 0 ? true : undefined,
  );
  expect((await digests()).sort()).toEqual(before.sort());
});

test('with the daemon down, the data root is the one that docker.service would use', async () => {
  await host.sh(`systemctl reset-failed docker.service; systemctl stop docker.socket docker.service
    mkdir -p /run/systemd/system/docker.service.d /srv/docker/image/overlay2
    echo '{"Repositories":{"moved":{}}}' >/srv/docker/image/overlay2/repositories.json
    printf '[Service]\\nEnvironment=ROOT=/srv/docker\\nExecStart=\\nExecStart=/usr/sbin/dockerd -H fd:// --data-root \${ROOT} $DOCKER_OPTS\\n' >/run/systemd/system/docker.service.d/root.conf
    systemctl daemon-reload`);
  const status = async () => {
    const { stdout } = await host.run('node', [program, 'status', '--json']);
    return JSON.parse(stdout) as unknown;
  };
  expect(await status()).toMatchObject({
    store: {
      dataRoot: '/srv/docker',
      why: expect.stringMatching(/docker\.service.* names the data root \/srv\/docker$/),
    },
  });
  const dropIn = '/run/systemd/system/docker.service.d/root.conf';
  await host.sh(
    `sed -i 's|ExecStart=/usr.*|ExecStart=/opt/start-docker|' ${dropIn}; systemctl daemon-reload`,
  );
  expect(await status()).toMatchObject({
    store: null,
    problem: { code: 'READ_FAILED', message: expect.stringContaining('it runs /opt/start-docker') },
  });
  await host.sh(`rm ${dropIn}; systemctl daemon-reload; systemctl start docker.socket docker.service`);
});

test('a masked unit, which systemd stops and does not start again, is found before the daemon is stopped', async () => {
  await host.sh('systemctl mask --runtime docker.service');
  try {
    const before = await starts();
    const { status, stdout } = await patch(
      adding(image.id, `team/app@sha256:${'e'.repeat(64)}`),
      '--restart',
    );
    expect({ status, document: JSON.parse(stdout) }).toMatchObject({
      status: 2,
      document: { error: { code: 'USAGE', message: expect.stringContaining('docker.service is masked') } },
    });
    expect(await host.sh('systemctl is-active docker.service docker.socket')).toBe('active\nactive\n');
    expect(await starts()).toEqual(before);
  } finally {
    await host.sh('systemctl unmask --runtime docker.service');
  }
});
