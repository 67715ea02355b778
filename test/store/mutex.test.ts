import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { withMutex } from '../../src/store/mutex.ts';
import { add, leftovers, oneTag, patch, storeWith } from '../support/store.ts';

const patient = { timeoutMs: 60_000, signal: undefined, onTimeout: async () => new Error('too late') };

describe('inTurn', () => {
  test('runs work of one name one after the other, in the order of the calls', async () => {
    const log: string[] = [];
    const work = (name: string, ms: number) => async () => {
      log.push(`${name} begins`);
      await delay(ms);
      log.push(`${name} ends`);
    };
    await Promise.all([withMutex('x', patient, work('a', 20)), withMutex('x', patient, work('b', 1))]);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  test('does not hold up work of another name', async () => {
    let release = (): void => undefined;
    const held = withMutex('x', patient, () => new Promise<void>((resolve) => (release = resolve)));
    expect(await withMutex('y', patient, async () => 'done')).toBe('done');
    release();
    await held;
  });

  test('goes on after work that failed', async () => {
    const failed = withMutex('x', patient, () => Promise.reject(new Error('no')));
    const next = withMutex('x', patient, async () => 'done');
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('done');
  });

  test('who gives up waiting lets nobody past the one who works', async () => {
    const log: string[] = [];
    let release = (): void => undefined;
    const held = withMutex('x', patient, async () => {
      await new Promise<void>((resolve) => (release = resolve));
      log.push('first');
    });
    const hasty = withMutex('x', { ...patient, timeoutMs: 1 }, async () => void log.push('hasty'));
    const controller = new AbortController();
    const stopped = withMutex(
      'x',
      { ...patient, signal: controller.signal },
      async () => void log.push('stopped'),
    );
    const last = withMutex('x', patient, async () => void log.push('last'));
    await expect(hasty).rejects.toThrow('too late');
    controller.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    release();
    await Promise.all([held, last]);
    expect(log).toEqual(['first', 'last']);
  });
});

test('a timeout of Infinity is a long one', async () => {
  const held = withMutex('z', patient, () => delay(20));
  const next = withMutex('z', { ...patient, timeoutMs: Number.POSITIVE_INFINITY }, async () => 'done');
  expect(await next).toBe('done');
  await held;
});

test('commits of one process queue up, and all are there', async () => {
  const store = await storeWith(oneTag);
  await Promise.all(Array.from({ length: 10 }, (_, i) => store.commit(patch(add(`app:${i}`)))));
  expect((await store.read()).repositories.size).toBe(11);
  expect(await leftovers(store)).toEqual([]);
});

test('a commit through the store inside withLock would wait for itself: it is told who holds the lock', async () => {
  const store = await storeWith(oneTag);
  const work = store.withLock(() => store.commit(patch(add('app:1')), { lockTimeoutMs: 10 }));
  await expect(work).rejects.toMatchObject({
    code: 'LOCKED',
    message: expect.stringContaining(`process ${process.pid} (test)`),
  });
});
