import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Folder } from '../../src/system/folder.ts';
import { asOrdinaryUser } from '../support/system.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';

const limit = 100;

async function rootWith(files: Readonly<Record<string, string>>): Promise<Folder> {
  const path = await temporaryFolder();
  await lay(path, files);
  return Folder.open(path);
}

function folderIn(folder: Folder, ...names: string[]): Folder {
  const found = folder.folder(...names);
  if (!(found instanceof Folder)) throw new Error(found.reason);
  return found;
}

test('reads files, whole, up to the limit', async () => {
  const root = await rootWith({
    'a/b/file': 'x'.repeat(limit),
    'a/b/larger': 'x'.repeat(limit + 1),
    empty: '',
  });
  const folder = folderIn(root, 'a', 'b');
  expect(folder.read('file', limit).toString()).toBe('x'.repeat(limit));
  expect(folder.read('larger', limit)).toEqual({
    problem: 'too-large',
    reason: 'it has more than 100 bytes',
  });
  expect(folder.readListed('larger', limit)).toMatchObject({ problem: 'too-large' });
  expect(folder.sizeOf('larger')).toBe(limit + 1);
  expect(root.read('empty', limit).toString()).toBe('');
  expect(root.read('none', limit)).toEqual({ problem: 'missing', reason: 'it is not there' });
  expect(root.read('empty/below', limit)).toMatchObject({ problem: 'missing' });
});

test('what it gives is not written over by the next read', async () => {
  const root = await rootWith({ a: 'first', b: 'other' });
  const first = root.read('a', limit);
  root.read('b', limit);
  expect(first.toString()).toBe('first');
});

test.each([65_535, 65_536, 65_537, 300_000])('a file of %d bytes', async (size) => {
  const root = await rootWith({ file: 'y'.repeat(size) });
  const bytes = root.read('file', size);
  expect(bytes).toHaveLength(size);
  expect(root.readListed('file', size - 1)).toMatchObject({ problem: 'too-large' });
});

test('lists what is there, and what is neither file nor folder', async () => {
  const root = await rootWith({ file: '', 'folder/': '' });
  await symlink('file', join(root.path, 'link'));
  const entries = [...root.list()].map(({ name, kind }) => `${name}: ${kind}`);
  expect(entries.sort()).toEqual(['file: file', 'folder: folder', 'link: other']);
});

test('stops listing at the limit, and says so', async () => {
  const root = await rootWith({ a: '', b: '', c: '' });
  const listing = root.list(2);
  expect([...listing]).toHaveLength(2);
  expect(listing.problem).toEqual({ problem: 'too-many', reason: 'it holds more than 2 names' });
  const whole = root.list(3);
  expect([...whole]).toHaveLength(3);
  expect(whole.problem).toBeUndefined();
});

test('the data root itself may be a link', async () => {
  const root = await rootWith({ 'folder/file': 'here' });
  const link = join(await temporaryFolder(), 'link');
  await symlink(root.path, link);
  expect(folderIn(Folder.open(link), 'folder').read('file', limit).toString()).toBe('here');
});

test('a root that cannot be read is an error', async () => {
  const path = await temporaryFolder();
  await writeFile(join(path, 'file'), '');
  for (const wrong of ['none', 'file']) {
    expect(() => Folder.open(join(path, wrong))).toThrow(expect.objectContaining({ code: 'READ_FAILED' }));
    expect(Folder.tryOpen(join(path, wrong))).toMatchObject({ problem: 'missing' });
  }
  await mkdir(join(path, 'secret'), { mode: 0o700 });
  await asOrdinaryUser(async () => {
    expect(() => Folder.open(join(path, 'secret'))).toThrow('no permission to read');
  });
});

test('no permission is a problem, not an error', async () => {
  const root = await rootWith({ 'open/': '' });
  await mkdir(join(root.path, 'secret'), { mode: 0o700 });
  await writeFile(join(root.path, 'file'), 'x', { mode: 0o600 });
  const reason = 'there is no permission to read it';
  await asOrdinaryUser(async () => {
    // The temporary folder is for its owner only, so nothing below is to be had.
    const listing = root.list();
    expect([...listing]).toEqual([]);
    expect(listing.problem).toEqual({ problem: 'unreadable', reason });
    expect(root.read('file', limit)).toEqual({ problem: 'unreadable', reason });
    expect(root.folder('secret')).toEqual({ problem: 'unreadable', reason });
  });
});

test('never leaves the root: no link that leads out is followed, wherever it stands', async () => {
  const outside = await temporaryFolder();
  await lay(outside, { 'image/file': 'secret' });
  const root = await rootWith({ 'a/': '' });
  await symlink(join(outside, 'image'), join(root.path, 'image'));
  await symlink('/etc', join(root.path, 'a', 'etc'));
  await symlink('..', join(root.path, 'a', 'up'));
  await symlink('../..', join(root.path, 'a', 'upup'));
  await symlink(join(outside, 'image/file'), join(root.path, 'file'));
  expect(root.folder('image')).toEqual({
    problem: 'outside',
    reason: `it leads out of ${root.path}, to ${join(outside, 'image')}`,
  });
  expect(root.folder('a', 'etc')).toMatchObject({ problem: 'outside' });
  expect(root.folder('a', 'upup')).toMatchObject({ problem: 'outside' });
  expect(root.folder('..')).toMatchObject({ problem: 'outside' });
  expect(root.read('file', limit)).toEqual({ problem: 'wrong-kind', reason: 'it is a symbolic link' });
  expect(root.readListed('file', limit)).toEqual({ problem: 'wrong-kind', reason: 'it is a symbolic link' });
  expect(root.open('file')).toMatchObject({ problem: 'wrong-kind' });
  // Within the root a link may lead to a folder: the data root of an operator who moved one.
  expect(root.folder('a', 'up')).toBeInstanceOf(Folder);
});

test('a root whose name begins another folder’s name', async () => {
  const parent = await temporaryFolder();
  await lay(parent, { 'docker/': '', 'docker-old/file': 'secret' });
  await symlink('../docker-old', join(parent, 'docker', 'image'));
  expect(Folder.open(join(parent, 'docker')).folder('image')).toMatchObject({ problem: 'outside' });
});

test('links that lead to each other', async () => {
  const root = await rootWith({});
  await symlink('b', join(root.path, 'a'));
  await symlink('a', join(root.path, 'b'));
  expect(root.folder('a')).toMatchObject({ problem: 'wrong-kind' });
  expect(root.read('a', limit)).toMatchObject({ problem: 'wrong-kind' });
});

test('fifos, sockets, devices and folders are named and never opened', async () => {
  const root = await rootWith({ 'folder/': '' });
  execFileSync('mkfifo', [join(root.path, 'fifo')]);
  const server = createServer().listen(join(root.path, 'socket'));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  for (const [name, kind] of Object.entries({ fifo: 'a fifo', socket: 'a socket', folder: 'a directory' })) {
    const wrong = { problem: 'wrong-kind', reason: `it is ${kind}` };
    expect(root.read(name, limit)).toEqual(wrong);
    expect(root.open(name)).toEqual(wrong);
    expect(root.sizeOf(name)).toEqual(wrong);
  }
  expect(Folder.open('/dev').read('zero', limit)).toEqual({
    problem: 'wrong-kind',
    reason: 'it is a device',
  });
  // Should one have come into the place of a listed file, reading it ends.
  expect('problem' in root.readListed('folder', limit)).toBe(true);
  root.readListed('fifo', limit);
});

test('parts of a file', async () => {
  const root = await rootWith({ file: '0123456789' });
  const file = root.open('file');
  if ('problem' in file) throw new Error(file.reason);
  onTestFinished(() => file.close());
  expect(file.size()).toBe(10);
  expect(Buffer.from(file.read(2, 3)).toString()).toBe('234');
  expect(Buffer.from(file.read(8, 5)).toString()).toBe('89');
  expect(file.read(20, 5)).toHaveLength(0);
});
