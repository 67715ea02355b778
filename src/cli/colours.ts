import type { Environment, OutputStream } from './streams.ts';

export type Colour = (text: string) => string;

export interface Colours {
  readonly bold: Colour;
  readonly dim: Colour;
  readonly red: Colour;
  readonly green: Colour;
  readonly yellow: Colour;
  readonly cyan: Colour;
}

const sgr =
  (open: number, close: number): Colour =>
  (text) =>
    `\u001b[${open}m${text}\u001b[${close}m`;
const plain: Colour = (text) => text;

const on: Colours = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39),
};
const off: Colours = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

/** `auto`: on a terminal that is not dumb, unless NO_COLOR is set to something (no-color.org). */
export function coloursFor(
  stream: OutputStream,
  when: 'auto' | 'always' | 'never' | undefined,
  env: Environment,
): Colours {
  if (when === 'always') return on;
  if (when === 'never' || env['NO_COLOR'] || env['TERM'] === 'dumb') return off;
  return stream.isTTY === true ? on : off;
}
