import { chmod, chown, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Journal, readJournals, requireBelievedFolder, writeJournal } from '../../src/live/journal.ts';
import { whyNotBelieved } from '../../src/live/journal-folder.ts';
import { recoverLive } from '../../src/live/recover.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const id = 'live-0123456789abcdef';
const other = (process.geteuid?.() ?? 0) + 1234;

/** A journal of a run that was killed, in the folder `state`; it says that a line stands in `hosts`. */
async function interrupted() {
  const top = await temporaryFolder();
  const [state, hosts] = [join(top, 'state'), join(top, 'hosts')];
  const addition = `127.0.0.9 registry.example # docker-refstore ${id}\n`;
  await writeFile(hosts, `127.0.0.1 localhost\n${addition}`);
  const journal: Journal = {
    schema: 'docker-refstore/live-journal/v1',
    id,
    started: '2026-01-01T00:00:00.000Z',
    process: { pid: 1, startTime: '0', bootId: 'an earlier boot' },
    dataRoot: join(top, 'root'),
    host: 'unix:///nowhere/docker.sock',
    hosts: { file: hosts, addition },
  };
  await writeJournal(state, journal);
  return { top, state, hosts, journal, file: join(state, `${id}.json`) };
}

test('a journal that only its owner may write is put back, and removed', async () => {
  const { state, hosts } = await interrupted();
  expect(await recoverLive(state)).toMatchObject([{ files: [hosts], problem: undefined }]);
  expect(await readFile(hosts, 'utf8')).toBe('127.0.0.1 localhost\n');
  expect(await readdir(state)).toEqual([]);
});

type Interrupted = Awaited<ReturnType<typeof interrupted>>;

const doubtful: [string, string, (found: Interrupted) => Promise<void>][] = [
  ['a journal that its group may write', 'mode 0620', ({ file }) => chmod(file, 0o620)],
  ['a journal that everybody may write', 'mode 0602', ({ file }) => chmod(file, 0o602)],
  ['a folder that its group may write', 'mode 0770', ({ state }) => chmod(state, 0o770)],
  ['a folder that everybody may write, sticky or not', 'mode 1777', ({ state }) => chmod(state, 0o1777)],
  [
    'a link in the place of the journal',
    'symbolic link',
    async ({ file, top }) => {
      await rename(file, join(top, 'elsewhere.json'));
      await symlink(join(top, 'elsewhere.json'), file);
    },
  ],
  [
    'a link in the place of the folder',
    'symbolic link',
    async ({ state, top }) => {
      await rename(state, join(top, 'elsewhere'));
      await symlink(join(top, 'elsewhere'), state);
    },
  ],
];

test.each(doubtful)(
  '%s is not believed: nothing is put back, and the message says why',
  async (_, why, make) => {
    const found = await interrupted();
    const before = await readFile(found.hosts, 'utf8');
    await make(found);
    const [recovered, ...others] = await recoverLive(found.state);
    expect(others).toEqual([]);
    expect(recovered).toMatchObject({
      files: [],
      problem: { code: 'READ_FAILED', message: expect.stringContaining(why) },
    });
    expect(await readFile(found.hosts, 'utf8')).toBe(before);
    expect(await readdir(found.state)).toEqual([`${id}.json`]);
  },
);

test.runIf(process.geteuid?.() === 0)('what another user owns is not believed by root', async () => {
  for (const part of ['file', 'state'] as const) {
    const found = await interrupted();
    await chown(found[part], other, other);
    expect(await readJournals(found.state)).toMatchObject([
      { journal: undefined, problem: expect.stringContaining(`belongs to user ${other}`) },
    ]);
    await recoverLive(found.state);
    expect(await readFile(found.hosts, 'utf8')).toContain('registry.example');
  }
});

test('root and the user of this process are believed, nobody else', () => {
  const own = process.geteuid?.() ?? 0;
  expect(whyNotBelieved({ uid: 0, mode: 0o40755 })).toBeUndefined();
  expect(whyNotBelieved({ uid: own, mode: 0o100600 })).toBeUndefined();
  expect(whyNotBelieved({ uid: other, mode: 0o100600 })).toContain(`belongs to user ${other}`);
});

test('no journal is written to a folder in which it would not be believed', async () => {
  const { top, journal } = await interrupted();
  const open = join(top, 'open');
  await mkdir(open);
  await chmod(open, 0o777);
  const refusal = { code: 'LIVE_REFUSED', message: expect.stringContaining('mode 0777') };
  await expect(writeJournal(open, journal)).rejects.toMatchObject(refusal);
  await expect(requireBelievedFolder(open)).rejects.toMatchObject(refusal);
  expect(await readdir(open)).toEqual([]);
  await expect(requireBelievedFolder(join(top, 'none'))).resolves.toBeUndefined();
});
