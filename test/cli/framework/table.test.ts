import { expect, test } from 'vitest';
import { coloursFor } from '../../../src/cli/framework/colours.ts';
import { type Column, formatTable } from '../../../src/cli/framework/table.ts';
import { Collector } from '../../support/cli.ts';

interface Row {
  readonly name: string;
  readonly id: string;
}

const columns: Column<Row>[] = [
  { title: 'NAME', text: (row) => row.name },
  { title: 'ID', text: (row) => row.id, short: (row) => row.id.slice(0, 4) },
];
const rows = [
  { name: 'a', id: '0123456789' },
  { name: 'longer', id: 'abcdefghij' },
];
const plain = coloursFor(new Collector(), 'never', {});
const table = (width: number | undefined, some = rows) => formatTable(columns, some, width, plain);

test('columns stand under their titles', () => {
  const whole = 'NAME     ID\na        0123456789\nlonger   abcdefghij\n';
  expect(table(19)).toBe(whole);
  expect(table(undefined)).toBe(whole);
});

test('a terminal too narrow for the whole values shows the short ones', () => {
  expect(table(18)).toBe('NAME     ID\na        0123\nlonger   abcd\n');
});

test('a terminal too narrow for those shows a list with the whole values', () => {
  expect(table(12)).toBe('a\n  id  0123456789\nlonger\n  id  abcdefghij\n');
});

test('a value that would move the cursor is shown as text', () => {
  expect(table(undefined, [{ name: 'a\u001b[2J\nb', id: '1' }])).toBe(
    'NAME                ID\na\\u001b[2J\\u000ab   1\n',
  );
});

test('no rows, no titles', () => {
  expect(table(80, [])).toBe('');
});
