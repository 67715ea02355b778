export { type ConnectOptions, connectEngine } from './connect.ts';
export type {
  DaemonManager,
  FindManagerOptions,
  ManagerCommands,
  ManagerName,
} from './daemon-manager.ts';
export type {
  Engine,
  EngineContainer,
  EngineImage,
  EngineInfo,
  ImageStore,
  LoadImagesOptions,
  Ping,
} from './engine.ts';
export { EngineError } from './engine-error.ts';
export { findManager } from './find-manager.ts';
export { liveRepositories, type VerifyOptions, verifyLive } from './live.ts';
export { restartDaemon } from './restart.ts';
export { RestartError } from './restart-error.ts';
export type { RestartOptions, RestartResult, RestartStage, RestartStrategy } from './restart-options.ts';
