import { execFile } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ByteSource, FileBytes, StreamBytes } from '../../../src/sources/archive/byte-source.ts';
import { readTar, TarError } from '../../../src/sources/archive/tar-reader.ts';
import { tar } from '../../e2e/support/tar.ts';
import { writeArchive, writeFolder } from '../../support/layout.ts';

const execute = promisify(execFile);

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function fileBytes(file: string): Promise<ByteSource> {
  const handle = await open(file);
  onTestFinished(() => handle.close());
  return new FileBytes(handle, (await handle.stat()).size);
}

/** Name, kind and content of every entry. */
async function entriesOf(bytes: ByteSource): Promise<[string, string, string][]> {
  const entries: [string, string, string][] = [];
  for await (const entry of readTar(bytes)) {
    entries.push([entry.name, entry.kind, (await entry.read(entry.size)).toString()]);
  }
  return entries;
}

const long = `${'directory-with-a-long-name/'.repeat(9)}file-ü`;
const maxLength = `${'d'.repeat(200)}/${'e'.repeat(200)}`;

describe('archives of GNU tar', () => {
  test.each(['gnu', 'pax', 'ustar', 'v7', 'oldgnu'])('in the format %s', async (format) => {
    const isOld = format === 'v7' || format === 'ustar';
    const names = {
      empty: '',
      short: 'x',
      block: 'b'.repeat(512),
      ...(!isOld && { [long]: 'long', [maxLength]: 'longest' }),
    };
    const folder = await writeFolder(names);
    await execute('ln', ['-s', 'short', join(folder, 'link')]);
    await execute('ln', [join(folder, 'short'), join(folder, 'zlink')]);
    const file = join(await writeFolder({}), 'a.tar');
    await execute('tar', ['--format', format, '--sort=name', '-cf', file, '-C', folder, '.']);
    const expected = Object.entries(names).map(([name, content]) => [`./${name}`, 'file', content]);
    for (const bytes of [await fileBytes(file), new StreamBytes(inPieces(await readFile(file), 700))]) {
      const entries = await entriesOf(bytes);
      expect(entries.filter(([, kind]) => kind === 'file').sort()).toEqual(expected.sort());
      expect(entries.filter(([, kind]) => kind === 'link').map(([name]) => name)).toEqual([
        './link',
        './zlink',
      ]);
    }
  });

  test('with a file of more than 8 GiB, over which one jumps', async () => {
    const folder = await writeFolder({ zebra: 'behind it' });
    await execute('truncate', ['-s', '9G', join(folder, 'hole')]);
    for (const format of ['gnu', 'pax']) {
      const file = join(await writeFolder({}), 'a.tar');
      // The header alone, then a hole: what a plain archive of it has, without the nine gigabytes.
      const header = await execute(
        'sh',
        ['-c', `tar --format=${format} -cf - -C ${folder} hole | head -c 2048`],
        {
          encoding: 'buffer',
        },
      );
      const start = format === 'gnu' ? 512 : 1536;
      const rest = tar([{ name: 'zebra', content: Buffer.from('behind it') }]);
      await execute('sh', ['-c', `truncate -s ${start + 9 * 2 ** 30} ${file}`]);
      const handle = await open(file, 'r+');
      await handle.write(header.stdout.subarray(0, start), 0, start, 0);
      await handle.write(rest, 0, rest.length, start + 9 * 2 ** 30);
      await handle.close();
      const sizes: [string, number][] = [];
      for await (const { name, size } of readTar(await fileBytes(file))) sizes.push([name, size]);
      expect(sizes, format).toEqual([
        ['hole', 9 * 2 ** 30],
        ['zebra', 9],
      ]);
    }
  });
});

test('any entries, in pieces of any size, read to any extent', async () => {
  const entry = fc.record({
    name: fc.stringMatching(/^[a-z][a-z./]{0,90}$/),
    content: fc.uint8Array({ maxLength: 2000 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 6 }),
      fc.integer({ min: 1, max: 3000 }),
      fc.nat(2000),
      async (entries, piece, read) => {
        const seen: [string, Buffer][] = [];
        for await (const one of readTar(new StreamBytes(inPieces(tar(entries), piece)))) {
          seen.push([one.name, await one.read(read)]);
        }
        expect(seen).toEqual(
          entries.map(({ name, content }) => [name, Buffer.from(content.subarray(0, read))]),
        );
      },
    ),
    { numRuns: 100 },
  );
});

describe('what is no whole archive', () => {
  const whole = tar([
    { name: 'first', content: Buffer.alloc(700, 'a') },
    { name: 'second', content: Buffer.from('b') },
  ]);

  test.each([...Array(12).keys()].map((step) => step * 230))('cut at byte %i', async (length) => {
    const cut = whole.subarray(0, length);
    await expect(entriesOf(new StreamBytes(inPieces(cut, 512)))).rejects.toThrow(TarError);
    await expect(entriesOf(await fileBytes(await writeArchive(cut)))).rejects.toThrow(TarError);
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'it ends without the blocks that close a tar archive'],
    ['something else', Buffer.alloc(4096, 'x'), 'there is no header of a tar archive'],
    ['a header whose sum is wrong', changed(3, 0x7a), 'there is no header of a tar archive'],
    ['a size that is no number', changed(124, 0x7a), 'there is no header of a tar archive'],
    ['a size beyond all numbers', changed(124, 0xff), 'there is no header of a tar archive'],
  ])('%s', async (_, bytes, message) => {
    await expect(entriesOf(new StreamBytes(inPieces(bytes, 512)))).rejects.toThrow(message);
  });

  test.each([
    ['x', 'the extended header of an entry is damaged'],
    ['L', undefined],
  ])('an extended header (%s) of garbage', async (type, message) => {
    const bytes = Buffer.concat([extended(type, Buffer.from('garbage')), whole]);
    const reading = entriesOf(new StreamBytes(inPieces(bytes, 512)));
    if (message === undefined) expect((await reading)[0]?.[0]).toBe('garbage');
    else await expect(reading).rejects.toThrow(message);
  });

  test.each(['x', 'L', 'K', 'g'])(
    'an extended header (%s) of gigabytes is not held in memory',
    async (type) => {
      const header = extended(type, Buffer.alloc(0), 3 * 2 ** 30);
      await expect(entriesOf(new StreamBytes(inPieces(header, 512)))).rejects.toThrow(
        'the extended header of an entry has 3221225472 bytes; at most 65536 are read',
      );
    },
  );

  test('says at which byte', async () => {
    const error = await entriesOf(new StreamBytes(inPieces(whole.subarray(0, 1900), 512))).catch(
      (one) => one,
    );
    expect(error).toMatchObject({ message: 'it ends within the header of an entry', offset: 1536 });
  });

  function changed(offset: number, byte: number): Buffer {
    const bytes = Buffer.from(whole);
    bytes[offset] = byte;
    return bytes;
  }
});

/** A header of this type before a body. */
function extended(type: string, body: Buffer, size = body.length): Buffer {
  const bytes = tar([{ name: 'extra', content: body }]).subarray(0, 512 + Math.ceil(body.length / 512) * 512);
  const header = Buffer.from(bytes);
  header.write(type, 156);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.fill(' ', 148, 156);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
