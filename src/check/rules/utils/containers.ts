import type { ContainerFacts } from '../../../facts/facts.ts';
import type { CheckContext } from '../../check-context.ts';

export function containersIn(context: CheckContext): readonly ContainerFacts[] {
  return context.facts.dataRoot?.containers ?? [];
}
