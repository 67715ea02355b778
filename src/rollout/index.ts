export type { RolloutOptions, RolloutResult, RolloutStage, RolloutStrategy } from './options.ts';
export { rollOut } from './rollout.ts';
