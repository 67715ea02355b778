import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { built } from '../support/built.ts';
import { FakeDaemon } from '../support/fake-daemon.ts';
import { type Interrupt, interrupted, interrupts } from '../support/interrupted.ts';
import { idA, oneTag } from '../support/store.ts';

const digest = `alpine@sha256:${'d'.repeat(64)}`;
const input = JSON.stringify({
  schema: 'docker-refstore/patch/v1',
  operations: [{ op: 'add', reference: digest, image: idA }],
});
const written = `{"Repositories":{"alpine":{"alpine:3.20":"${idA}","${digest}":"${idA}"}}}`;

type Strategy = 'stop-start' | 'restart';

/** The options of a restart that takes long enough at each stage to be interrupted there. */
function restarting(daemon: FakeDaemon, strategy: Strategy, manager: 'command' | 'pidfile'): string[] {
  const how =
    manager === 'pidfile'
      ? [`--pid-file=${daemon.pidFile}`]
      : [`--stop-command=${daemon.stopCommand}`, `--start-command=sleep 0.2; ${daemon.startCommand}`];
  return [`--restart=${strategy}`, `--manager=${manager}`, ...how];
}

async function patchInterrupted(
  daemon: FakeDaemon,
  stage: string,
  signal: Interrupt,
  options: readonly string[],
  bin = 'bin/refstore.js',
) {
  const argv = [built(bin), '--data-root', daemon.dataRoot, '--verbose', 'patch', '-', '--yes', ...options];
  const outcome = await interrupted(stage, signal, [process.execPath, ...argv], {
    input,
    env: { DOCKER_HOST: daemon.host },
  });
  return { ...outcome, file: await daemon.content() };
}

const signals = Object.keys(interrupts) as Interrupt[];
const stages = {
  'stop-start': ['stopping', 'stopped', 'writing', 'starting', 'started'],
  restart: ['writing', 'stopping', 'started'],
} as const;
/** Stages at which nothing was written yet, for long enough that the signal comes in time. */
const before = ['stop-start stopping'];
/** Stages at which all was written. */
const after = ['stop-start starting', 'stop-start started', 'restart stopping', 'restart started'];

describe.each(['stop-start', 'restart'] as const)('%s', (strategy) => {
  describe.each(['command', 'pidfile'] as const)('by %s', (manager) => {
    // Every signal where the daemon is going down, one of them at each other stage; test/e2e has all.
    const cases = stages[strategy].flatMap((stage, index) =>
      (stage === 'stopping' ? signals : [signals[index % signals.length] as Interrupt]).map(
        (signal) => [signal, stage] as const,
      ),
    );
    test.each(cases)(
      '%s, four times, while %s: Docker is up, the status is that of the signal',
      async (signal, stage) => {
        const daemon = await FakeDaemon.start(oneTag, [idA], { stopMs: 200 });
        const outcome = await patchInterrupted(daemon, stage, signal, restarting(daemon, strategy, manager));
        expect(outcome).toMatchObject({ isThere: true, status: interrupts[signal], left: [] });
        expect(outcome.stderr).toMatch(new RegExp(`^${signal}: .+, then stopping$`, 'm'));
        expect(outcome.stderr.match(/then stopping/g)).toHaveLength(1);
        expect(await daemon.isUp()).toBe(true);
        const place = `${strategy} ${stage}`;
        if (before.includes(place)) expect(outcome.file).toBe(oneTag);
        if (after.includes(place)) expect(outcome.file).toBe(written);
        expect([oneTag, written]).toContain(outcome.file);
        // The daemon has what the file says.
        const found = await daemon.engine.inspectImage(digest);
        expect(found?.id).toBe(outcome.file === written ? idA : undefined);
        const beside = await readdir(dirname(daemon.file));
        expect(beside.filter((name) => /staged|lock/.test(name))).toEqual([]);
      },
    );
  });
});
