import type { ManagerAction, ManagerRunOptions } from '../daemon-manager.ts';

/** A manager to which a stop, a start and a restart are the same but for the commands that it runs. */
export abstract class BaseManager {
  protected abstract run(action: ManagerAction, options?: ManagerRunOptions): Promise<void>;

  async stop(options?: ManagerRunOptions): Promise<void> {
    await this.run('stop', options);
  }

  async start(options?: ManagerRunOptions): Promise<void> {
    await this.run('start', options);
  }

  async restart(options?: ManagerRunOptions): Promise<void> {
    await this.run('restart', options);
  }
}
