import { styleText } from 'node:util';
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

/** Whether a stream shows colours is decided below, so styleText is not to look at one. */
const style =
  (format: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'): Colour =>
  (text) =>
    styleText(format, text, { validateStream: false });
const plain: Colour = (text) => text;

const on: Colours = {
  bold: style('bold'),
  dim: style('dim'),
  red: style('red'),
  green: style('green'),
  yellow: style('yellow'),
  cyan: style('cyan'),
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
