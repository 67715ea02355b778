import type { Environment, Streams } from '../streams.ts';

/** The streams and the environment of this process: the only place that hands them out. */
export function processContext(): { readonly streams: Streams; readonly env: Environment } {
  const { stdin, stdout, stderr, env } = process;
  return { streams: { stdin, stdout, stderr }, env };
}
