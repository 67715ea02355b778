import type { RunningContainer } from '../../engine/containers.ts';
import { escapeText } from '../../util/escape.ts';

const shownNames = 20;

/** Names for a line of text: at most 20, and how many more there are. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, shownNames).map(escapeText);
  if (names.length > shownNames) shown.push(`and ${names.length - shownNames} more`);
  return shown.join(', ');
}

/** `web (--rm: it is removed)`, `web (restart policy no)` */
export function nameWithPolicy({ name, restartPolicy, autoRemove }: RunningContainer): string {
  return `${name} (${autoRemove ? '--rm: it is removed' : `restart policy ${restartPolicy}`})`;
}

/** What became of the containers, for people; none where all run. */
export function describeNotRunning(notRunning: readonly RunningContainer[] = []): string[] {
  if (notRunning.length === 0) return [];
  const stopped = notRunning.filter(({ autoRemove }) => !autoRemove);
  return [
    `ran before and do not run now: ${listNames(notRunning.map(nameWithPolicy))}`,
    ...(stopped.length === 0
      ? []
      : [
          `to start them: docker start ${stopped
            .slice(0, shownNames)
            .map(({ name }) => escapeText(name))
            .join(' ')}`,
        ]),
  ];
}
