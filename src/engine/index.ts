export { type ConnectOptions, connectEngine } from './connect.ts';
export {
  type DaemonManager,
  type FindManagerOptions,
  type ManagerAction,
  type ManagerCommands,
  type ManagerName,
  type ManagerRunOptions,
  managerNames,
} from './daemon-manager.ts';
export type {
  Engine,
  EngineContainer,
  EngineImage,
  EngineInfo,
  ImageStore,
  LoadImagesOptions,
  Ping,
  RequestOptions,
} from './engine.ts';
export { EngineError, type EngineFailure } from './engine-error.ts';
export { findManager } from './find-manager.ts';
export { liveRepositories, type VerifyOptions, verifyLive } from './live.ts';
export { restartDaemon } from './restart.ts';
export { type DaemonState, RestartError } from './restart-error.ts';
export type { RestartOptions, RestartResult, RestartStage, RestartStrategy } from './restart-options.ts';
export { type RunningDaemon, runningDaemon } from './running.ts';
export { isSocketActivated } from './socket-activation.ts';
