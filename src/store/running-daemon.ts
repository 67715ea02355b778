import { type DataRootUser, dataRootUser, describeUser } from '../dataroot/in-use.ts';
import type { StoreLocation } from '../dataroot/stores.ts';
import { RefstoreError } from '../errors.ts';

/**
 * A running daemon does not see what is written, and overwrites it from memory at its next change.
 * @throws RefstoreError DAEMON_RUNNING when a daemon uses the data root
 */
export async function refuseRunningDaemon({ dataRoot, file }: StoreLocation): Promise<void> {
  if (dataRoot === undefined) return;
  const user = await dataRootUser(dataRoot);
  if (user === undefined) return;
  throw new RefstoreError(
    'DAEMON_RUNNING',
    `${who(user, dataRoot)}: it would not see the change to ${file}, and would overwrite it; nothing was written`,
    {
      hint: 'have the daemon make the change itself, with --live; or let refstore restart it, with --restart=stop-start (stop, write, start) or --restart=restart (write, restart, check); or first stop docker.service and docker.socket yourself',
      details: { dataRoot, file, pid: user.pid, command: user.command, lockedFile: user.file },
    },
  );
}

function who(user: DataRootUser, dataRoot: string): string {
  return user.isDaemon || user.pid === undefined
    ? `a daemon uses ${dataRoot}, ${describeUser(user)}`
    : `${describeUser(user)} holds a daemon's lock on ${user.file}, so a daemon may use ${dataRoot}`;
}
