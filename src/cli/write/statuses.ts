import { exitStatus, statusMeanings } from '../framework/exit-status.ts';

/** The exit statuses of a command that writes, for its help. */
export const writeStatuses: Readonly<Record<number, string>> = Object.fromEntries(
  [exitStatus.refused, exitStatus.locked, exitStatus.notWritten, exitStatus.notEffective].map((status) => [
    status,
    statusMeanings[status] as string,
  ]),
);
