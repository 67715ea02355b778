import { UsageError } from './usage-error.ts';

/** Tests of a row, by the name that stands before the equals sign of --filter. */
export type Filters<Row> = Readonly<Record<string, (row: Row, value: string) => boolean>>;

/**
 * What --filter NAME=VALUE leaves, as docker has it: of several of one name one has to fit, of each name one.
 * @throws UsageError naming the filters there are
 */
export function compileFilters<Row>(texts: readonly string[], filters: Filters<Row>): (row: Row) => boolean {
  const wanted = new Map<string, string[]>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    const name = text.slice(0, Math.max(equals, 0));
    if (!Object.hasOwn(filters, name)) {
      throw new UsageError(
        `--filter does not know ${JSON.stringify(text)}`,
        `the filters are ${Object.keys(filters)
          .map((one) => `${one}=VALUE`)
          .join(', ')}`,
      );
    }
    wanted.set(name, [...(wanted.get(name) ?? []), text.slice(equals + 1)]);
  }
  return (row) =>
    [...wanted].every(([name, values]) => values.some((value) => filters[name]?.(row, value) === true));
}

/** Whether a text fits a pattern in which * stands for anything but a slash, and ** for anything. */
export function fitsPattern(text: string, pattern: string): boolean {
  const parts = pattern.split(/(\*\*|\*)/).map((part) => {
    if (part === '**') return '.*';
    return part === '*' ? '[^/]*' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 's').test(text);
}
