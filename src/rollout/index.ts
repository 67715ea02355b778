export type { RolloutOptions, RolloutResult } from './options.ts';
export { rollOut } from './rollout.ts';
