import type { RuleName } from '../../check/rules/index.ts';
import type { Severity } from '../../check/severity.ts';

import type { CheckStoreOptions } from '../../check-and-repair/check-store.ts';
import type { RequiredReference } from '../../facts/facts.ts';
import type { Context } from '../framework/command.ts';
import { choice, list, type OptionValues } from '../framework/options.ts';
import { ProgressLine } from '../framework/progress.ts';
import { UsageError } from '../framework/usage-error.ts';
import { isLocal, runningEngine } from '../target/running-engine.ts';

/** Options of the commands that check. */
export const checkOptions = {
  level: choice(
    ['file', 'store', 'full'],
    "file: the file alone; store: also all that decides whether the daemon starts and lists an image (every image config is hashed, the layers' records and the names of their folders are read, the daemon is asked; default); full: also what is in the layers' folders",
  ),
  require: list('FILE', 'a list of references, or a compose file: each reference in it has to resolve'),
  severity: list('RULE=LEVEL', 'what a rule counts as: fatal, error, warning, info, or off'),
};

/** A list of images, or a compose file. */
const maxRequiredSize = 16 * 1024 * 1024;

/**
 * Checks with a progress line on the terminal.
 * @throws UsageError, READ_FAILED and LIMIT_EXCEEDED for what --require and --severity say
 */
export async function withCheckOptions<T>(
  options: OptionValues<typeof checkOptions>,
  context: Context,
  work: (check: CheckStoreOptions) => Promise<T>,
): Promise<T> {
  const running = options.level === 'file' ? undefined : await runningEngine(context);
  const progress = new ProgressLine(context, 'reading the data root');
  try {
    return await work({
      level: options.level,
      severities: await readSeverities(options.severity),
      require: await readRequired(options.require, context),
      engine: running !== undefined && isLocal(running.engine.host) ? running.engine : undefined,
      env: context.env,
      signal: context.signal,
      onProgress: progress.update,
    });
  } finally {
    progress.end();
  }
}

async function readRequired(
  files: readonly string[],
  context: Context,
): Promise<RequiredReference[] | undefined> {
  if (files.length === 0) return undefined;
  const [{ parseRequired }, { readInput }] = await Promise.all([
    import('../../check/require/required.ts'),
    import('../framework/input.ts'),
  ]);
  const required: RequiredReference[] = [];
  const variables = Object.fromEntries(
    Object.entries(context.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  for (const file of files) {
    const bytes = await readInput(file, maxRequiredSize, context);
    const source = file === '-' ? 'standard input' : file;
    required.push(...parseRequired(new TextDecoder().decode(bytes), { source, variables }));
  }
  return required;
}

async function readSeverities(
  texts: readonly string[],
): Promise<Partial<Record<RuleName, Severity | 'off'>>> {
  const wanted: Partial<Record<RuleName, Severity | 'off'>> = {};
  for (const text of texts) {
    const [name = '', level = '', ...rest] = text.split('=');
    const rule = await ruleName(name, '--severity');
    const { severities } = await import('../../check/severity.ts');
    const severity = [...severities, 'off' as const].find((one) => one === level);
    if (severity === undefined || rest.length > 0) {
      throw new UsageError(
        `--severity needs RULE=LEVEL, not ${JSON.stringify(text)}`,
        `LEVEL is one of ${severities.join(', ')} or off`,
      );
    }
    wanted[rule] = severity;
  }
  return wanted;
}

/** @throws UsageError with the rule that may have been meant */
export async function ruleName(name: string, option: string): Promise<RuleName> {
  const { ruleNames } = await import('../../check/rules/index.ts');
  const found = ruleNames.find((rule) => rule === name);
  if (found !== undefined) return found;
  const { nearest } = await import('../framework/nearest.ts');
  const near = nearest(name, [...ruleNames]);
  throw new UsageError(
    `${option}: there is no rule ${JSON.stringify(name)}`,
    near === undefined ? 'check names the rule of each finding' : `did you mean ${near}?`,
  );
}
