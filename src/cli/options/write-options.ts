import { managerNames } from '../../engine/daemon-manager.ts';
import {
  choice,
  flag,
  type OptionValues,
  onlyWith,
  optionalChoice,
  seconds,
  text,
} from '../framework/options.ts';

export const askOptions = {
  yes: flag('do not ask; required without a terminal', { short: 'y' }),
  'dry-run': flag('show the plan and write nothing'),
};

/** How the daemon is stopped and started. */
export const managerOptions = {
  manager: choice(managerNames, 'what runs the daemon (default: detected automatically where possible)'),
  'stop-command': text('CMD', 'how to stop the daemon, run by sh -c'),
  'start-command': text('CMD', 'how to start it'),
  'restart-command': text('CMD', 'how to restart it (default: stop, then start)'),
  'pid-file': text('FILE', "the daemon's pid file: it is stopped by signal and started as it was"),
  timeout: seconds('how long the daemon may take to stop, and again to answer (default: 60)'),
};

/** Options of every command that writes. */
export const writeOptions = {
  ...askOptions,
  out: text('FILE', 'write the patch document to a file instead of applying it'),
  restart: optionalChoice(
    ['stop-start', 'restart', 'none'],
    'stop-start',
    'what to do about a running daemon: stop-start (default): stop it, write, start it; restart: write, then restart it; none: write only, and the change counts from its next start, unless it saves before',
  ),
  ...onlyWith({ option: 'restart', values: ['stop-start', 'restart'] }, managerOptions),
};

/** For a running daemon, beside `restart` and instead of it. */
export const liveOptions = {
  live: flag(
    'the running daemon makes the change itself: no restart, no container stops; refused if part of it cannot be made this way',
  ),
  'live-hosts': flag(
    'with --live, for registries other than Docker Hub that do not answer: add a line to /etc/hosts during the pulls',
  ),
  apply: choice(
    ['auto'],
    'auto: as with --live if all of it can be made this way, else ask for the restart that it needs',
  ),
};

/** Options of commands whose changes a running daemon can make itself. */
export const livableOptions = { ...writeOptions, ...liveOptions };

export type LiveOptions = OptionValues<typeof liveOptions>;
export type AskOptions = OptionValues<typeof askOptions>;
export type ManagerOptions = OptionValues<typeof managerOptions>;
export type WriteOptions = OptionValues<typeof writeOptions>;
