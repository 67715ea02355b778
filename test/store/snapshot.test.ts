import { createHash } from 'node:crypto';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseRepositories } from '../../src/repositories/parse.ts';
import { Repositories } from '../../src/repositories/repositories.ts';
import { RepositoriesParseError } from '../../src/repositories/repositories-parse-error.ts';
import { readSnapshot } from '../../src/store/snapshot.ts';
import { idA, oneTag, storeWith } from '../support/store.ts';
import { asOrdinaryUser } from '../support/system.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('holds bytes, hash, stat and what they say', async () => {
  const store = await storeWith(oneTag);
  const snapshot = await store.read();
  expect(Buffer.from(snapshot.bytes).toString()).toBe(oneTag);
  expect(snapshot.sha256).toBe(createHash('sha256').update(oneTag).digest('hex'));
  expect(snapshot.stat).toMatchObject({ size: oneTag.length, mode: 0o600, uid: process.getuid?.() });
  expect(snapshot.repositories.get('alpine:3.20')).toBe(idA);
  expect(snapshot.repositories).toBe(snapshot.repositories);
});

test('of no file is empty and has no hash', async () => {
  const snapshot = await (await storeWith(undefined)).read();
  expect(snapshot.sha256).toBeUndefined();
  expect(snapshot.stat).toBeUndefined();
  expect(snapshot.bytes).toHaveLength(0);
  expect(snapshot.repositories).toBe(Repositories.empty);
});

test('an empty file is not the same as no file: the daemon does not start on it', async () => {
  const snapshot = await (await storeWith('')).read();
  expect(snapshot.sha256).toBe(createHash('sha256').digest('hex'));
  expect(() => snapshot.repositories).toThrow(RepositoriesParseError);
});

test('a broken file can be read, and its error carries path, line and column', async () => {
  const store = await storeWith('{"Repositories":\n {"alpine":x}}');
  const snapshot = await store.read();
  expect(() => snapshot.repositories).toThrow(`${store.location.file}:2:12: `);
});

test('knows what one of the same bytes knows, decoded in the same way', async () => {
  const { location } = await storeWith(oneTag);
  const { file } = location;
  let decoded = 0;
  const decode = (bytes: Uint8Array) => {
    decoded++;
    return parseRepositories(bytes);
  };
  const seen = await readSnapshot(file, { decode });
  expect(seen.repositories.size).toBe(1);
  const again = await readSnapshot(file, { decode, seen });
  expect(again.repositories).toBe(seen.repositories);
  expect(again.sha256).toBe(seen.sha256);
  expect(decoded).toBe(1);

  expect((await readSnapshot(file, { seen })).repositories).not.toBe(seen.repositories);
  await writeFile(file, '{"Repositories":{}}');
  const changed = await readSnapshot(file, { decode, seen });
  expect(changed.repositories.size).toBe(0);
  expect(changed.sha256).not.toBe(seen.sha256);
  expect(decoded).toBe(2);
});

test('without permission says so, and what to do', async () => {
  const { location } = await storeWith(oneTag);
  await chmod(location.file, 0);
  await chmod(location.dataRoot ?? '', 0o755);
  await asOrdinaryUser(async () => {
    await expect(readSnapshot(location.file)).rejects.toMatchObject({
      code: 'READ_FAILED',
      message: `no permission to read ${location.file}`,
      hint: 'run the command as root, or as the user who owns the data root',
    });
  });
});

test('a link or a folder in its place is refused', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'target'), oneTag);
  await symlink('target', join(folder, 'link'));
  await mkdir(join(folder, 'directory'));
  for (const name of ['link', 'directory']) {
    await expect(readSnapshot(join(folder, name))).rejects.toMatchObject({ code: 'NOT_A_REGULAR_FILE' });
  }
});
