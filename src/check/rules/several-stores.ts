import type { OtherStoreFacts } from '../../facts/facts.ts';
import type { Rule } from '../rule.ts';

export const severalStores: Rule = {
  name: 'several-stores',
  severity: 'info',
  fix: 'none',
  category: 'data-root',
  summary: 'other graph drivers have stores under the same data root',
  *check(context) {
    const { dataRoot } = context.facts;
    if (dataRoot === undefined || dataRoot.otherStores.length === 0) return;
    const { driver, why, otherStores } = dataRoot;
    // The usual story of "all images are gone": the driver changed.
    const isElsewhere = context.base.size === 0 && otherStores.some((store) => (store.references ?? 0) > 0);
    yield {
      ...(isElsewhere ? { severity: 'warning' } : {}),
      args: { driver, why, references: context.base.size, others: otherStores.map(describe), isElsewhere },
    };
  },
};

function describe({ driver, size, references, images }: OtherStoreFacts): string {
  const named = references === undefined ? 'an unreadable file' : counted(references, 'reference');
  return `${driver}: ${size === undefined ? 'no file' : named}, ${counted(images, 'image')}`;
}

function counted(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}
