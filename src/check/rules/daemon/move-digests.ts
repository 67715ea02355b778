import { defineRule } from '../../define-rule.ts';
import { quoted } from '../../message.ts';
import { readEntries } from '../../stored-entry.ts';

type Args = { readonly digests: readonly string[]; readonly count: number };

/** More would be noise; the JSON document has all. */
const maxShown = 5;

export const moveDigests = defineRule<Args>({
  name: 'move-digests',
  category: 'daemon',
  severity: 'warning',
  fix: 'none',
  summary: 'digests that will not resolve after a move to the containerd image store',
  *check({ facts: { moveTo, imageStore }, base }) {
    if (moveTo === undefined || imageStore?.kind === 'containerd') return;
    const digests = readEntries(base.entries())
      .filter(({ form, parsed }) => form === 'valid' && parsed?.digest !== undefined)
      .map(({ reference }) => reference);
    if (digests.length > 0) yield { args: { digests, count: digests.length } };
  },
  message: ({ args: { digests, count } }) => {
    const more = count > maxShown ? `, and ${count - maxShown} more` : '';
    const shown = digests.slice(0, maxShown).map(quoted).join(', ');
    return `digests that will not resolve in the containerd image store, which makes new manifests of what is moved or loaded (${count}): ${shown}${more}`;
  },
  meaning: 'docker run and compose up of these digests ask a registry, or fail without one.',
  cause: 'A digest there is that of the manifest that the store itself holds.',
  advice: [
    {
      text: 'Before the switch, keep the manifests and configs',
      command: 'refstore digests export --out digests.json',
    },
    {
      text: 'After it, give the digests back; no restart and no registry is needed',
      command: 'refstore digests restore --from lock:digests.json',
    },
  ],
});
