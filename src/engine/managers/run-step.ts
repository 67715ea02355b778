import { type CommandOptions, type CommandResult, runCommand } from '../../system/run-command.ts';
import { lastLines } from '../../system/tail.ts';
import type { ManagerName } from '../daemon-manager.ts';
import { RestartError } from '../restart-error.ts';

/** For the stop, and again for the start until the daemon answers: what the help of --timeout says. */
export const defaultTimeoutMs = 60_000;

/**
 * Runs one command of a manager.
 * @throws RestartError when it does not exit with status 0
 */
export async function runStep(
  manager: ManagerName,
  text: string,
  argv: readonly string[],
  timeoutMs: number = defaultTimeoutMs,
  env?: CommandOptions['env'],
): Promise<CommandResult> {
  const result = await runCommand(argv, { timeoutMs, env });
  if (result.status === 0) return result;
  const log = lastLines(result.output);
  const why = result.problem ?? `it exited with status ${result.status}`;
  const said = log.length === 0 ? '' : `: ${log.at(-1)}`;
  throw new RestartError(`${JSON.stringify(text)} failed: ${why}${said}`, { manager, log });
}
