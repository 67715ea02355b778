import { expect, test } from 'vitest';
import { statusOf } from '../../../src/cli/framework/exit-status.ts';
import type { ErrorCode, WriteOutcome } from '../../../src/errors.ts';

const cases: readonly [string, ErrorCode, WriteOutcome | undefined, number][] = [
  ['nothing was begun', 'ABORTED', undefined, 3],
  ['the daemon could not be stopped', 'RESTART_FAILED', { file: 'old', daemon: 'up' }, 3],
  ['the daemon was stopped, and did not start', 'RESTART_FAILED', { file: 'old', daemon: 'down' }, 6],
  ['it is not known whether it is up', 'RESTART_FAILED', { file: 'old', daemon: 'unknown' }, 6],
  ['the write failed, the daemon is up', 'WRITE_FAILED', { file: 'old', daemon: 'up' }, 5],
  ['the write failed, the daemon is down', 'WRITE_FAILED', { file: 'old', daemon: 'down' }, 6],
  ['put back, the daemon is up', 'RESTART_FAILED', { file: 'old', daemon: 'up', rolledBack: true }, 6],
  ['the daemon did not take it', 'NOT_VERIFIED', { file: 'old', daemon: 'up', rolledBack: true }, 6],
  ['written, and then something that nobody foresaw', 'INTERNAL', { file: 'new' }, 6],
  ['put back, and then something that nobody foresaw', 'INTERNAL', { file: 'old', rolledBack: true }, 5],
  ['written, and what follows could not be read', 'READ_FAILED', { file: 'new', daemon: 'up' }, 6],
  ['interrupted when it was written', 'ABORTED', { file: 'new', daemon: 'up' }, 130],
  ['interrupted when it was written, daemon down', 'ABORTED', { file: 'new', daemon: 'down' }, 6],
  ['interrupted, and put back', 'ABORTED', { file: 'old', rolledBack: true }, 3],
  ['loaded, then no lock', 'LOCKED', { file: 'old', imageLoaded: true }, 1],
  ['loaded, then interrupted', 'ABORTED', { file: 'old', imageLoaded: true }, 130],
  ['loaded, then not stopped', 'RESTART_FAILED', { file: 'old', daemon: 'up', imageLoaded: true }, 1],
  ['loaded as something else', 'NOT_VERIFIED', { file: 'old', imageLoaded: true }, 6],
];

test.each(cases)('%s (%s): the exit status follows what happened', (_, code, outcome, status) => {
  expect(statusOf({ code, outcome })).toBe(status);
});
