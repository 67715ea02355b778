import type { Progress } from '../../util/progress.ts';
import type { Context } from './command.ts';

/** Work that is over sooner shows nothing. */
const quietMs = 400;
const everyMs = 100;

/**
 * A line on the terminal that tells how far long work has come, and goes away with `end`. Nothing without a
 * terminal: a log is not for it.
 */
export class ProgressLine {
  readonly #stream: Context['streams']['stderr'];
  readonly #isShown: boolean;
  readonly #what: string;
  #next = performance.now() + quietMs;
  #isThere = false;

  constructor({ streams, globals }: Context, what: string) {
    this.#stream = streams.stderr;
    this.#isShown = streams.stderr.isTTY === true && !globals.quiet;
    this.#what = what;
  }

  readonly update = ({ done, total }: Progress): void => {
    if (!this.#isShown || performance.now() < this.#next) return;
    this.#next = performance.now() + everyMs;
    const numbers = total === 0 ? `${done}` : `${done} of ${total}, ${Math.floor((100 * done) / total)} %`;
    this.#stream.write(`\r\x1b[K${this.#fitting(`${this.#what}: ${numbers}`, numbers)}`);
    this.#isThere = true;
  };

  /** A line that wraps cannot be taken back. */
  #fitting(line: string, short: string): string {
    // 0 where a terminal does not tell its size, as on a serial line.
    const columns = this.#stream.columns || Number.POSITIVE_INFINITY;
    return line.length < columns ? line : short.slice(0, Math.max(0, columns - 1));
  }

  end(): void {
    if (this.#isThere) this.#stream.write('\r\x1b[K');
    this.#isThere = false;
  }
}
