import { Readable, Writable } from 'node:stream';
import type { Streams } from '../../src/cli/framework/streams.ts';
import { runRefstore } from '../../src/cli/run.ts';

export interface CliOptions {
  /** What standard input holds; a terminal answers with it when it is asked. */
  readonly input?: string;
  /** Columns of a terminal; without it, nobody is there and output goes to files. */
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Streams in memory. */
export class MemoryStreams implements Streams {
  readonly stdin: Streams['stdin'];
  readonly stdout: Collector;
  readonly stderr: Collector;

  constructor({ input = '', columns }: Pick<CliOptions, 'input' | 'columns'> = {}) {
    const isTTY = columns !== undefined;
    this.stdin = Object.assign(Readable.from([Buffer.from(input)]), { isTTY });
    this.stdout = new Collector(columns);
    this.stderr = new Collector(columns);
  }
}

export class Collector extends Writable {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  text = '';

  constructor(columns?: number) {
    super();
    this.isTTY = columns !== undefined;
    this.columns = columns;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** An environment without a daemon: the tests must not meet the one of the host they run on. */
export const noDaemon = { DOCKER_HOST: 'unix:///nowhere/docker.sock', HOME: '/nowhere', NO_COLOR: '1' };

/** Runs the command line in this process. */
export async function cli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const streams = new MemoryStreams(options);
  const { signal } = options;
  const status = await runRefstore(argv, streams, { ...noDaemon, ...options.env }, { signal });
  return { status, stdout: streams.stdout.text, stderr: streams.stderr.text };
}

/** The document that `--json` prints: one, on one line. */
export async function cliJson(
  argv: readonly string[],
  options: CliOptions = {},
): Promise<{ status: number; document: unknown; stderr: string }> {
  const { status, stdout, stderr } = await cli([...argv, '--json'], options);
  return { status, document: JSON.parse(stdout), stderr };
}
