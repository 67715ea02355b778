import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parseRepositories } from '../../src/repositories/parse.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';
import type { Store } from '../../src/store/store.ts';
import { type Compiled, compileLibrary } from '../support/compiled.ts';
import { add, idA, leftovers, oneTag, patch, storeWith } from '../support/store.ts';

let library: Compiled;
beforeAll(async () => {
  library = await compileLibrary();
});
afterAll(() => library.remove());

interface Child {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  readonly lines: AsyncIterator<string>;
  readonly ended: Promise<unknown[]>;
}

function start(script: string, store: Store, ...more: string[]): Child {
  const path = fileURLToPath(new URL(`../support/children/${script}`, import.meta.url));
  const child = spawn(process.execPath, [path, library.folder, store.location.dataRoot ?? '', ...more], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { process: child, lines, ended: once(child, 'exit') };
}

async function rest({ lines }: Child): Promise<string[]> {
  const all: string[] = [];
  for (let next = await lines.next(); !next.done; next = await lines.next()) all.push(next.value);
  return all;
}

describe('processes at once', () => {
  test.each([2, 8])('%i of them commit 25 tags each, and all are there', async (count) => {
    const store = await storeWith(oneTag);
    const names = Array.from({ length: count }, (_, i) => `writer-${i}`);
    const children = names.map((name) => start('commit-tags.mjs', store, name, '25'));
    const outputs = await Promise.all(children.map(rest));
    expect(outputs.map((lines) => lines.at(-1))).toEqual(names.map((name) => `${name}:25`));
    const { repositories } = await store.read();
    const wanted = names.flatMap((name) => Array.from({ length: 25 }, (_, i) => `${name}:${i + 1}`));
    expect(wanted.filter((reference) => repositories.find(reference) !== idA)).toEqual([]);
    expect(repositories.size).toBe(1 + count * 25);
    expect(await leftovers(store)).toEqual([]);
  });
});

describe('a process that is killed', () => {
  // A file of some size, so that kills hit the writing of it as well as all that is around it.
  const large = serializeRepositories(
    parseRepositories(
      JSON.stringify({
        Repositories: {
          base: Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`base:${i}`, idA])),
        },
      }),
    ),
  );

  test('anywhere leaves the old bytes or the new, and the next run needs no cleaning', async () => {
    const store = await storeWith(large);
    let done = 0;
    for (let round = 0; round < 30; round++) {
      const child = start('commit-tags.mjs', store, `round-${round}`, '1000');
      await child.lines.next();
      await delay(Math.random() * 60);
      child.process.kill('SIGKILL');
      const committed = (await rest(child)).length;
      const bytes = await readFile(store.location.file, 'utf8');
      const repositories = parseRepositories(bytes);
      expect(serializeRepositories(repositories)).toBe(bytes);
      const there = repositories.size - 3_000 - done;
      expect([committed, committed + 1]).toContain(there);
      done += there;
    }
    await store.commit(patch(add('last:1')));
    expect((await store.read()).repositories.size).toBe(3_000 + done + 1);
    expect(await leftovers(store)).toEqual([]);
    for (const { id } of await store.backups()) await store.readBackup(id);
  });

  // Of signals the library listens to none: a host that does not either is ended by each of them.
  test.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'by %s leaves a lock that names it, and that is taken over at once',
    async (signal) => {
      const store = await storeWith(oneTag);
      const child = start('hold-lock.mjs', store);
      expect((await child.lines.next()).value).toBe('held');
      const commit = () => store.commit(patch(add('app:1')), { lockTimeoutMs: 0 });
      await expect(commit()).rejects.toMatchObject({
        code: 'LOCKED',
        message: expect.stringContaining(`process ${child.process.pid} (refstore restart)`),
      });
      child.process.kill(signal);
      await child.ended;
      expect(await commit()).toMatchObject({ changed: true });
    },
  );
});

test('the lock is released when the work is done, by whichever process', async () => {
  const store = await storeWith(oneTag);
  const child = start('hold-lock.mjs', store);
  await child.lines.next();
  const waiting = store.commit(patch(add('app:1')));
  child.process.stdin.end('done\n');
  expect(await waiting).toMatchObject({ changed: true });
  await child.ended;
  expect(await leftovers(store)).toEqual([]);
});
