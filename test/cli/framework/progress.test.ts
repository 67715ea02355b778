import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Context } from '../../../src/cli/framework/command.ts';
import { ProgressLine } from '../../../src/cli/framework/progress.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function progressOn({ isTTY = true, columns = 80, quiet = false }) {
  let written = '';
  const write = (text: string) => {
    written += text;
    return true;
  };
  const context = {
    streams: { stderr: { isTTY, columns, write } },
    globals: { quiet },
  } as unknown as Context;
  const line = new ProgressLine(context, 'reading');
  const after = (ms: number, done: number, total: number) => {
    vi.advanceTimersByTime(ms);
    line.update({ done, total });
  };
  return { line, after, written: () => written };
}

const clear = '\r\x1b[K';

test('shows nothing of what is soon over, then where it is, ten times a second at most, and goes away', () => {
  const { line, after, written } = progressOn({});
  after(399, 1, 10);
  expect(written()).toBe('');
  after(1, 5, 10);
  after(99, 6, 10);
  after(1, 7, 10);
  line.end();
  line.end();
  expect(written()).toBe(`${clear}reading: 5 of 10, 50 %${clear}reading: 7 of 10, 70 %${clear}`);
});

test('says no share of a total that is not known', () => {
  const { after, written } = progressOn({});
  after(400, 3, 0);
  expect(written()).toBe(`${clear}reading: 3`);
});

test.each([
  [23, 'reading: 5 of 10, 50 %'],
  [22, '5 of 10, 50 %'],
  [8, '5 of 10'],
  [1, ''],
  [0, 'reading: 5 of 10, 50 %'],
])('never wraps: %i columns', (columns, shown) => {
  const { after, written } = progressOn({ columns });
  after(400, 5, 10);
  expect(written()).toBe(clear + shown);
});

test.each([{ isTTY: false }, { quiet: true }])('%j: nothing', (where) => {
  const { line, after, written } = progressOn(where);
  after(5000, 5, 10);
  line.end();
  expect(written()).toBe('');
});
