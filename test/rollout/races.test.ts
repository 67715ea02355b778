import { writeFile } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import { CommandManager } from '../../src/engine/managers/command.ts';
import type { Patch } from '../../src/repositories/patch.ts';
import type { RolloutOptions } from '../../src/rollout/options.ts';
import { rollOut } from '../../src/rollout/rollout.ts';
import type { Store } from '../../src/store/store.ts';
import { type Behaviour, FakeDaemon } from '../support/fake-daemon.ts';
import { rejection } from '../support/rejection.ts';
import { add, idA, idB, oneTag, patch } from '../support/store.ts';

const digest = `alpine@sha256:${'d'.repeat(64)}`;
const ghost = `sha256:${'0'.repeat(64)}`;
const bothTags = oneTag.replace('}}}', `},"busybox":{"busybox:1":"${idB}"}}}`);
const withDigestAndTag = `{"Repositories":{"alpine":{"alpine:3.20":"${idA}","${digest}":"${idA}"},"busybox":{"busybox:1":"${idB}"}}}`;

function running(behaviour: Behaviour = {}, content = oneTag): Promise<FakeDaemon> {
  return FakeDaemon.start(content, [idA, idB], behaviour);
}

function optionsOf(daemon: FakeDaemon, strategy: 'stop-start' | 'restart') {
  const manager = new CommandManager({ stop: daemon.stopCommand, start: daemon.startCommand });
  return { strategy, engine: daemon.engine, manager, timeoutMs: 20_000 } satisfies RolloutOptions;
}

/** A store that lets something happen after each of its first commits that write. */
function withInterruptions(store: Store, ...events: (() => Promise<void>)[]): Store {
  return {
    ...store,
    withLock: (work, options) =>
      store.withLock(
        (locked) =>
          work({
            ...locked,
            commit: async (plan, commitOptions) => {
              const result = await locked.commit(plan, commitOptions);
              if (result.changed && !result.dryRun) await events.shift()?.();
              return result;
            },
          }),
        options,
      ),
  };
}

describe('restart, and somebody else meanwhile', () => {
  test('a docker tag before the restart overwrites the change: both are there at the end', async () => {
    const daemon = await running();
    const store = withInterruptions(await daemon.store(), () => daemon.tag(idB, 'busybox', '1'));
    const result = await rollOut(store, patch(add(digest)), optionsOf(daemon, 'restart'));
    expect(result).toMatchObject({ effective: true, attempts: 2, verified: [] });
    expect(await daemon.content()).toBe(withDigestAndTag);
    expect(await daemon.engine.inspectImage('busybox:1')).toMatchObject({ id: idB });
  });

  test('a docker tag as the daemon ends, after our last look: noticed afterwards, both are there', async () => {
    const daemon = await running({ tagAtStop: { reference: 'busybox:1', image: idB } });
    const stages: string[] = [];
    const result = await rollOut(await daemon.store(), patch(add(digest)), {
      ...optionsOf(daemon, 'restart'),
      onProgress: (stage) => stages.push(stage),
    });
    expect(result).toMatchObject({ effective: true, attempts: 2, verified: [] });
    expect(stages.filter((stage) => stage === 'stopping' || stage === 'reapplying')).toEqual([
      'stopping',
      'reapplying',
      'stopping',
    ]);
    expect(await daemon.content()).toBe(withDigestAndTag);
    expect(await daemon.engine.inspectImage(digest)).toMatchObject({ id: idA });
  });

  test('a docker tag whose save our rename replaced: it is in memory only, and brought in', async () => {
    const daemon = await running();
    const store = withInterruptions(await daemon.store(), async () => {
      const ours = await daemon.content();
      await daemon.tag(idB, 'busybox', '1');
      await writeFile(daemon.file, ours);
    });
    const result = await rollOut(store, patch(add(digest)), optionsOf(daemon, 'restart'));
    expect(result).toMatchObject({ effective: true, verified: [] });
    expect(await daemon.content()).toBe(withDigestAndTag);
  });

  test('a docker rmi stays done', async () => {
    const daemon = await running({}, bothTags);
    const store = withInterruptions(await daemon.store(), () => daemon.untag('busybox:1'));
    const result = await rollOut(store, patch(add(digest)), optionsOf(daemon, 'restart'));
    expect(result).toMatchObject({ effective: true, attempts: 2 });
    expect(await daemon.content()).not.toContain('busybox');
  });

  test('what the API cannot show is not taken for removed', async () => {
    const odd = `{"Repositories":{"alpine":{"alpine":"${idA}","alpine:3.20":"${idA}","alpine:ghost":"${ghost}"},"docker.io/x/y":{"docker.io/x/y:1":"${idB}"}}}`;
    const daemon = await running({}, odd);
    const store = withInterruptions(
      await daemon.store(),
      () => daemon.tag(idB, 'busybox', '1'),
      async () => {
        const ours = await daemon.content();
        await daemon.tag(idB, 'busybox', '2');
        await writeFile(daemon.file, ours);
      },
    );
    const result = await rollOut(store, patch(add(digest)), optionsOf(daemon, 'restart'));
    expect(result).toMatchObject({ effective: true, verified: [] });
    for (const kept of ['"alpine":"', 'alpine:ghost', 'docker.io/x/y:1', 'busybox:1', 'busybox:2', digest]) {
      expect(await daemon.content()).toContain(kept);
    }
  });

  test('the same reference at another image: a conflict, the daemon keeps what it has, nothing is restarted', async () => {
    const daemon = await running();
    const pid = await daemon.pid();
    const store = withInterruptions(await daemon.store(), () => daemon.tag(idB, 'alpine', 'edge'));
    const rolling = rollOut(store, patch(add('alpine:edge'), add(digest)), optionsOf(daemon, 'restart'));
    expect((await rejection(rolling)).code).toBe('PATCH_CONFLICT');
    expect(await daemon.content()).toBe(
      `{"Repositories":{"alpine":{"alpine:3.20":"${idA}","alpine:edge":"${idB}"}}}`,
    );
    expect(await daemon.pid()).toBe(pid);
  });

  test('a conflict that only the memory shows: what the daemon knows is in the file again', async () => {
    const daemon = await running();
    const store = withInterruptions(await daemon.store(), async () => {
      const ours = await daemon.content();
      await daemon.tag(idB, 'alpine', 'edge');
      await writeFile(daemon.file, ours);
    });
    const rolling = rollOut(store, patch(add('alpine:edge'), add(digest)), optionsOf(daemon, 'restart'));
    expect((await rejection(rolling)).code).toBe('PATCH_CONFLICT');
    expect(await daemon.content()).toBe(
      `{"Repositories":{"alpine":{"alpine:3.20":"${idA}","alpine:edge":"${idB}"}}}`,
    );
  });

  test('somebody who never stops: given up, and the file is the daemon’s', async () => {
    const daemon = await running();
    const tags = ['1', '2', '3', '4', '5', '6'];
    const store = withInterruptions(
      await daemon.store(),
      ...tags.map((tag) => () => daemon.tag(idB, 'busybox', tag)),
    );
    const error = await rejection(rollOut(store, patch(add(digest)), optionsOf(daemon, 'restart')));
    expect(error).toMatchObject({ code: 'CHANGED_UNDERNEATH', details: { attempts: 5 } });
    expect(await daemon.content()).not.toContain(digest);
    expect(await daemon.content()).toContain('busybox:5');
  });

  test('the old file goes back without what others changed meanwhile', async () => {
    const daemon = await running({ forget: digest });
    const store = withInterruptions(await daemon.store(), () => daemon.tag(idB, 'busybox', '1'));
    const error = await rejection(rollOut(store, patch(add(digest)), optionsOf(daemon, 'restart')));
    expect(error.code).toBe('NOT_VERIFIED');
    expect(await daemon.content()).toBe(bothTags);
    expect(await daemon.isUp()).toBe(true);
  });
});

describe('stop-start, and somebody else meanwhile', () => {
  test('the daemon saves on its last breath: planned again, both are there', async () => {
    const daemon = await running({ tagAtStop: { reference: 'busybox:1', image: idB } });
    const planner = vi.fn((): Patch => patch(add(digest)));
    const result = await rollOut(await daemon.store(), planner, optionsOf(daemon, 'stop-start'));
    expect(result).toMatchObject({ effective: true, verified: [] });
    expect(planner).toHaveBeenCalledTimes(2);
    expect(await daemon.content()).toBe(withDigestAndTag);
  });

  test('a patch made for other bytes is refused, and the daemon is up again', async () => {
    const daemon = await running({ tagAtStop: { reference: 'busybox:1', image: idB } });
    const store = await daemon.store();
    const base = { sha256: (await store.read()).sha256 as string };
    const rolling = rollOut(store, { ...patch(add(digest)), base }, optionsOf(daemon, 'stop-start'));
    expect((await rejection(rolling)).code).toBe('CHANGED_UNDERNEATH');
    expect(await daemon.content()).toBe(bothTags);
    expect(await daemon.isUp()).toBe(true);
  });

  test('nothing is planned while the daemon is down', async () => {
    const daemon = await running();
    const planner = vi.fn((): Patch => patch(add(digest)));
    await rollOut(await daemon.store(), planner, optionsOf(daemon, 'stop-start'));
    expect(planner).toHaveBeenCalledTimes(1);
  });
});

describe.each(['stop-start', 'restart'] as const)('%s', (strategy) => {
  test('the lock is held until the daemon is back', async () => {
    const daemon = await running();
    const store = await daemon.store();
    const locked: Promise<unknown>[] = [];
    await rollOut(store, patch(add(digest)), {
      ...optionsOf(daemon, strategy),
      onProgress: (stage) => {
        if (stage !== 'started') return;
        locked.push(rejection(store.commit(patch(add('x:1')), { lockTimeoutMs: 0, daemon: 'allow' })));
      },
    });
    expect(await Promise.all(locked)).toMatchObject([{ code: 'LOCKED' }]);
  });

  test('two at once: both changes are there', async () => {
    const daemon = await running();
    const options = { ...optionsOf(daemon, strategy), lockTimeoutMs: 60_000 };
    await Promise.all(
      ['alpine:one', 'alpine:two'].map(async (reference) =>
        rollOut(await daemon.store(), patch(add(reference)), options),
      ),
    );
    for (const reference of ['alpine:one', 'alpine:two']) {
      expect(await daemon.engine.inspectImage(reference)).toMatchObject({ id: idA });
    }
  });

  test('an abort leaves the file as it was and the daemon up', async () => {
    const daemon = await running();
    const abort = new AbortController();
    const rolling = rollOut(await daemon.store(), patch(add(digest)), {
      ...optionsOf(daemon, strategy),
      signal: abort.signal,
      onProgress: (stage) => {
        if (stage === (strategy === 'restart' ? 'writing' : 'stopping')) abort.abort();
      },
    });
    expect((await rejection(rolling)).code).toBe('ABORTED');
    expect(await daemon.content()).toBe(oneTag);
    expect(await daemon.isUp()).toBe(true);
  });
});
