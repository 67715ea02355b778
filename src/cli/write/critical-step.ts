import type { RolloutStage, RolloutStrategy } from '../../rollout/options.ts';

/** What an interrupt has to wait for at a stage of a rollout or of a restart. */
export function criticalStep(strategy: RolloutStrategy | undefined, stage: RolloutStage): string {
  switch (stage) {
    case 'writing':
    case 'reapplying':
      return strategy === 'stop-start' ? 'starting Docker again' : 'finishing or undoing the change';
    case 'stopping':
    case 'stopped':
    case 'starting':
    case 'started':
      return strategy === 'stop-start' ? 'starting Docker again' : 'waiting until Docker is up again';
    case 'healthy':
    case 'verifying':
      return 'checking what Docker has loaded';
    case 'rolling-back':
      return 'putting the old file back and starting Docker again';
  }
}
