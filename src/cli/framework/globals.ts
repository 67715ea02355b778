import { choice, flag, type OptionValues, seconds, text } from './options.ts';

/** Options of every command, before its name or after it. */
export const globalOptions = {
  'data-root': text(
    'DIR',
    "Docker's data root (default: the running daemon's, else what its service or daemon.json names, else the usual place)",
  ),
  driver: text('NAME', 'graph driver, where the data root has more than one: overlay2, vfs, …'),
  file: text('FILE', 'a repositories.json by itself, without a data root'),
  host: text('URL', 'the daemon to ask (default: DOCKER_HOST, the docker context, the usual socket)'),
  json: flag('one JSON document on standard output'),
  quiet: flag('results and errors only', { short: 'q' }),
  verbose: flag('more about what is done; stack traces of unexpected errors'),
  color: choice(['auto', 'always', 'never'], 'colours (default: auto; NO_COLOR is honoured)'),
  'lock-timeout': seconds('how long to wait for the lock (default: 15)'),
  help: flag('this help', { short: 'h' }),
};

export type Globals = OptionValues<typeof globalOptions>;
