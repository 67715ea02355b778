import type { OtherStoreFacts } from '../../../facts/facts.ts';
import { defineRule } from '../../define-rule.ts';
import { count, list } from '../../message.ts';
import { printable } from '../../printable.ts';

type Args = {
  readonly driver: string;
  /** Why this one is looked at. */
  readonly why: string;
  /** How many references it has. */
  readonly references: number;
  /** A phrase for each other store. */
  readonly others: readonly string[];
  /** This store is empty and another one is not. */
  readonly isElsewhere: boolean;
};

export const severalStores = defineRule<Args>({
  name: 'several-stores',
  category: 'data-root',
  severity: 'info',
  fix: 'none',
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
  message: ({ args: { driver, why, references, others, isElsewhere } }) =>
    `the driver ${printable(driver)} is used (${printable(why)}), with ${count(references, 'reference')}; other drivers have stores here too: ${list(others)}${isElsewhere ? ' - are the missing images there?' : ''}`,
  meaning:
    "Each graph driver has its own images and its own file. The daemon reads the current driver's only.",
  cause:
    'storage-driver was changed, or the daemon chose another driver because a module or a file system was missing.',
  advice: [
    { text: 'See which driver the daemon uses', command: "docker info --format '{{.Driver}}'" },
    { text: 'Look into another store', command: 'refstore ls --driver DRIVER' },
  ],
});

function describe({ driver, size, references, images }: OtherStoreFacts): string {
  const named = references === undefined ? 'an unreadable file' : count(references, 'reference');
  return `${driver}: ${size === undefined ? 'no file' : named}, ${count(images, 'image')}`;
}
