/**
 * `fatal`: the daemon does not start or crashes · `error`: a reference does not work, or runs the wrong image ·
 * `warning`: something that will do harm · `info`: worth knowing.
 */
export type Severity = 'fatal' | 'error' | 'warning' | 'info';

/** Worst first. */
export const severities = ['fatal', 'error', 'warning', 'info'] as const satisfies readonly Severity[];

/**
 * How a finding is fixed. `safe`: repair does it, and nothing that works is lost · `lossy`: an entry is removed, so
 * only with --lossy RULE · `proof`: needs a claim that says what belongs there · `none`: not a matter of this file.
 */
export type Fix = 'safe' | 'lossy' | 'proof' | 'none';
