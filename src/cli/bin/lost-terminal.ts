import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * As a process ends, Node 20 gives each terminal at the standard streams the modes that it had, and aborts (SIGABRT)
 * where that fails, as it does at a terminal that has hung up. Node leaves a stream alone that is closed by then: so
 * a lost ssh session ends with the status of SIGHUP, and without a core dump.
 */
export function closeLostTerminals(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  if (terminals.length === 0) return;
  process.on('exit', () => {
    for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor);
  });
}
