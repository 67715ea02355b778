import { escapeText } from '../../util/escape.ts';
import type { Colours } from './colours.ts';

export interface Column<Row> {
  readonly title: string;
  /** The whole value. */
  text(row: Row): string;
  /** A shorter one, for a terminal that is too narrow for the whole; never used elsewhere. */
  short?(row: Row): string;
}

const gap = '   ';

/**
 * Rows under titles, each line with its newline. What does not fit a terminal's width is shortened where a
 * column has a short form, then becomes a list: the first column on a line, the others below it. Without a
 * terminal (`columns` undefined) values are always whole. `titled` false leaves the line of titles out; `shortened`
 * takes the short forms on a terminal though the whole would fit, as docker shows IDs.
 */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | undefined,
  colours: Colours,
  { titled = true, shortened = false }: { readonly titled?: boolean; readonly shortened?: boolean } = {},
): string {
  if (rows.length === 0) return '';
  const whole = rows.map((row) => columns.map((column) => escapeText(column.text(row))));
  const titles = columns.map((column) => column.title);
  const isWhole = width === undefined || (!shortened && fits(titles, whole, width));
  if (isWhole) return aligned(titles, whole, colours, titled);
  if (shortened || columns.some((column) => column.short !== undefined)) {
    const short = rows.map((row) =>
      columns.map((column) => escapeText(column.short?.(row) ?? column.text(row))),
    );
    if (fits(titles, short, width)) return aligned(titles, short, colours, titled);
    if (shortened) return stacked(titles, short, colours);
  }
  return stacked(titles, whole, colours);
}

function widthsOf(titles: readonly string[], rows: readonly (readonly string[])[]): number[] {
  const widths = titles.map((title) => title.length);
  for (const row of rows) {
    for (let i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i] as number, (row[i] as string).length);
    }
  }
  return widths;
}

function fits(titles: readonly string[], rows: readonly (readonly string[])[], width: number): boolean {
  const widths = widthsOf(titles, rows);
  return widths.reduce((sum, one) => sum + one, gap.length * (widths.length - 1)) <= width;
}

function aligned(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  { bold }: Colours,
  titled: boolean,
): string {
  const widths = widthsOf(titles, rows);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join(gap)
      .trimEnd();
  let text = titled ? `${bold(line(titles))}\n` : '';
  for (const row of rows) text += `${line(row)}\n`;
  return text;
}

function stacked(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  { bold, dim }: Colours,
): string {
  const labels = titles.map((title) => title.toLowerCase());
  const left = Math.max(...labels.slice(1).map((label) => label.length), 0);
  let text = '';
  for (const [first = '', ...others] of rows) {
    text += `${bold(first)}\n`;
    for (const [i, cell] of others.entries()) {
      text += `  ${dim((labels[i + 1] as string).padEnd(left))}  ${cell}\n`;
    }
  }
  return text;
}
