import { expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { FakeDaemon } from '../../support/fake-daemon.ts';
import { idA, idB, oneTag } from '../../support/store.ts';

const containers = [
  { name: 'web', restartPolicy: 'always', autoRemove: false },
  { name: 'job', restartPolicy: 'no', autoRemove: false },
  { name: 'shell', restartPolicy: 'no', autoRemove: true },
  { name: 'retry', restartPolicy: 'on-failure', autoRemove: false },
];

async function running() {
  const daemon = await FakeDaemon.start(oneTag, [idA, idB], { containers });
  const at = ['--data-root', daemon.dataRoot, '--host', daemon.host];
  const commands = [`--stop-command=${daemon.stopCommand}`, `--start-command=${daemon.startCommand}`];
  return {
    write: [...at, 'tag', idB, 'b:1', '--restart', ...commands],
    restart: [...at, 'restart', ...commands],
  };
}

test('the plan says which running containers the daemon does not start again', async () => {
  const { write } = await running();
  const { stderr } = await cli([...write, '--dry-run']);
  expect(stderr).toContain(
    '4 running containers will be stopped (no live-restore): web, job, shell, retry\n',
  );
  expect(stderr).toContain(
    'not started again by the daemon: job (restart policy no), shell (--rm: it is removed)\n',
  );
  expect(stderr).toContain('started again only if they end with an error (on-failure): retry\n');
});

test('after a write with a restart, those that do not run any more are named, and how to start them', async () => {
  const { write } = await running();
  const { status, stdout } = await cli([...write, '--yes']);
  expect(status).toBe(0);
  expect(stdout).toContain(
    'ran before and do not run now: job (restart policy no), shell (--rm: it is removed), retry (restart policy on-failure)\nto start them: docker start job retry\n',
  );
});

test('and in the document', async () => {
  const { write } = await running();
  expect(await cliJson([...write, '--yes'])).toMatchObject({
    status: 0,
    document: {
      restart: {
        notRunning: [
          { name: 'job', restartPolicy: 'no', autoRemove: false },
          { name: 'shell', restartPolicy: 'no', autoRemove: true },
          { name: 'retry', restartPolicy: 'on-failure', autoRemove: false },
        ],
      },
    },
  });
});

test('restart says the same', async () => {
  const { restart } = await running();
  expect((await cli([...restart, '--yes'])).stdout).toContain('ran before and do not run now: job ');
  const { document } = await cliJson([...restart, '--yes']);
  expect(document).toMatchObject({ notRunning: [] });
});
