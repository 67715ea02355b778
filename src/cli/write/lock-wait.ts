import type { LockOptions } from '../../store/options.ts';
import { escapeText } from '../../util/escape.ts';
import type { Context } from '../framework/command.ts';

/** How long a command waits for the lock of a store, and what it says while it does. */
export function lockWait({ globals, out, signal }: Context): LockOptions {
  return {
    lockTimeoutMs: globals['lock-timeout'],
    signal,
    onWait: (holder) => {
      const who =
        holder === undefined
          ? 'another process'
          : `process ${holder.pid} (${holder.command}) on ${holder.host}`;
      void out.note(escapeText(`waiting for the lock of ${who}`));
    },
  };
}
