import { expect, test } from 'vitest';
import { fromWriter } from '../../src/load/from-writer.ts';

async function collect(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('what is written comes out, and empty writes do no harm', async () => {
  const stream = fromWriter(async (write) => {
    for (const text of ['a', '', 'b', 'c'.repeat(200_000)]) await write(Buffer.from(text));
  });
  expect(await collect(stream)).toBe(`ab${'c'.repeat(200_000)}`);
});

test('what the work throws is thrown', async () => {
  const error = new Error('damaged');
  const stream = fromWriter(async (write) => {
    await write(Buffer.from('a'));
    throw error;
  });
  await expect(collect(stream)).rejects.toBe(error);
});

test('it writes no faster than it is read, and ends when nobody wants the rest', async () => {
  let written = 0;
  let ended = false;
  const stream = fromWriter(async (write) => {
    try {
      for (;;) {
        await write(Buffer.alloc(64 * 1024));
        written++;
      }
    } finally {
      ended = true;
    }
  });
  for await (const _chunk of stream) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (written > 0) break;
  }
  expect(written).toBeLessThan(10);
  expect(ended).toBe(true);
});
