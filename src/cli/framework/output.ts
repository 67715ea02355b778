import { escapeText } from '../../util/escape.ts';
import { type Colours, coloursFor } from './colours.ts';
import type { Globals } from './globals.ts';
import type { Environment, OutputStream, Streams } from './streams.ts';

export type OutputOptions = Pick<Globals, 'json' | 'quiet' | 'verbose' | 'color'>;

/** Where the words of a command go: results to stdout, all else to stderr. */
export class Output {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  /** Colours of stdout and of stderr: one may be a terminal and the other a file. */
  readonly colours: Colours;
  readonly errorColours: Colours;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  #failure: Error | undefined;
  readonly #onStdoutError = (error: Error): void => {
    this.#failure ??= error;
  };
  readonly #onStderrError = (): void => {};

  constructor(streams: Streams, env: Environment, options: OutputOptions) {
    this.json = options.json;
    this.quiet = options.quiet;
    this.verbose = options.verbose;
    this.#stdout = streams.stdout;
    this.#stderr = streams.stderr;
    this.colours = coloursFor(streams.stdout, options.color, env);
    this.errorColours = coloursFor(streams.stderr, options.color, env);
    // Without a listener a reader that went away (`| head`) would end the whole process.
    this.#stdout.on('error', this.#onStdoutError);
    this.#stderr.on('error', this.#onStderrError);
  }

  /** Columns of stdout when it is a terminal: what is printed there may be fitted to it. */
  get columns(): number | undefined {
    return this.#stdout.isTTY === true ? this.#stdout.columns : undefined;
  }

  get errorColumns(): number | undefined {
    return this.#stderr.isTTY === true ? this.#stderr.columns : undefined;
  }

  /** Why stdout could not be written, if it could not. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Text of the result, each line with its newline. Nothing more is written after a failure. */
  async print(text: string): Promise<void> {
    if (this.#failure !== undefined || text === '') return;
    const failure = await write(this.#stdout, text);
    this.#failure ??= failure;
  }

  /** The result as one JSON document on one line, keys in byte order. */
  async printJson(kind: string, body: Readonly<Record<string, unknown>>): Promise<void> {
    const { default: stringify } = await import('fast-json-stable-stringify');
    const document = stringify({ schema: `docker-refstore/${kind}/v1`, ...body });
    await this.print(`${escapeText(document)}\n`);
  }

  /** A JSON document of several lines. */
  async printLines(document: string): Promise<void> {
    await this.print(document.split('\n').map(escapeText).join('\n'));
  }

  /** A line that --quiet leaves out. Control characters that are not ours are escaped by the caller. */
  async note(line: string): Promise<void> {
    if (!this.quiet) await write(this.#stderr, `${line}\n`);
  }

  /** A line that only --verbose shows. */
  async detail(line: string): Promise<void> {
    if (this.verbose) await write(this.#stderr, `${this.errorColours.dim(escapeText(line))}\n`);
  }

  /** A line that is always shown. */
  async warn(line: string): Promise<void> {
    await write(this.#stderr, `${line}\n`);
  }

  /** Lets go of the streams. */
  close(): void {
    this.#stdout.off('error', this.#onStdoutError);
    this.#stderr.off('error', this.#onStderrError);
  }
}

/** Resolves when the stream took the text: a slow reader slows us down instead of filling the memory. */
function write(stream: OutputStream, text: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    stream.write(text, (error) => resolve(error ?? undefined));
  });
}
