import type { Environment, Streams } from '../framework/streams.ts';

export interface ProcessContext {
  readonly streams: Streams;
  readonly env: Environment;
  setStatus(status: number): void;
}

/** The streams, the environment and the exit status of this process: the only place that hands them out. */
export function processContext(): ProcessContext {
  const streams = {
    // Getters: opening a stream that is not used (stdin, for most commands) takes time.
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return process.stderr;
    },
  };
  const setStatus = (status: number): void => {
    process.exitCode = status;
  };
  return { streams, env: process.env, setStatus };
}
