export {
  type ApplyLiveOptions,
  applyLive,
  type LiveReceipt,
  type LiveResult,
} from './apply-live.ts';
export type { HostReceipt } from './host-change.ts';

export { type PreparedLive, type PrepareLiveOptions, prepareLive } from './prepare.ts';
export { type Recovered, recoverLive } from './recover.ts';
