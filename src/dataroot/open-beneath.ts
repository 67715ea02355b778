import { closeSync, constants, openSync } from 'node:fs';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * Opens a file below a folder for reading, and follows no link on the way: each name is opened in the folder that
 * was opened before it (/proc/self/fd/N/name, as Node has no openat(2)). The folder itself may be reached by links.
 * The caller closes the descriptor, and looks at what kind of file it is.
 * @throws what node:fs throws: ENOENT, ELOOP or ENOTDIR for a link on the way, EACCES
 */
export function openBeneath(folder: string, path: string): number {
  const names = path.split('/');
  const last = names.pop() ?? '';
  let at = openSync(folder, O_RDONLY | O_DIRECTORY);
  try {
    for (const name of names) {
      const next = openSync(`/proc/self/fd/${at}/${name}`, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      closeSync(at);
      at = next;
    }
    // O_NONBLOCK: opening a fifo must not wait for a writer.
    return openSync(`/proc/self/fd/${at}/${last}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } finally {
    closeSync(at);
  }
}
