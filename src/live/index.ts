export {
  type ApplyLiveOptions,
  applyLive,
  type LiveReceipt,
  type LiveResult,
  type LiveStage,
  type RegistryReceipt,
} from './apply-live.ts';
export type { HostReceipt } from './host-change.ts';
export { type KnownManifest, type LivePlan, type LiveStep, type NotLive, planLive } from './plan-live.ts';
export { type PreparedLive, type PreparedStep, type PrepareLiveOptions, prepareLive } from './prepare.ts';
export { type Recovered, recoverLive } from './recover.ts';
