import { repair } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { entry, image, shortId } from '../../message.ts';
import { scannedRepositories } from '../utils/duplicates.ts';

type Args = {
  /** The image ID that the daemon takes. */
  readonly used: string;
};

export const duplicateReference = defineRule<Args>({
  name: 'duplicate-reference',
  category: 'file',
  severity: 'warning',
  fix: 'safe',
  summary: 'a reference stands twice in its repository: the daemon takes the later one',
  *check(context) {
    for (const repository of scannedRepositories(context)) {
      if (!repository.effective) continue;
      for (const { reference, imageId, offset, effective } of repository.entries) {
        if (effective) continue;
        const used = context.base.entry(repository.name, reference) ?? '';
        yield {
          repository: repository.name,
          reference,
          imageId,
          at: context.placeAt(offset),
          ...(used === imageId ? { severity: 'info' } : {}),
          args: { used },
        };
      }
    }
  },
  message: (f) =>
    `${entry(f)} is there twice: here at ${image(f)}, and the daemon takes the later one, at ${shortId(f.args.used)}`,
  meaning: 'Of two equal keys the daemon takes the last.',
  cause: 'The file was edited by hand or by a script that works on text.',
  advice: [repair],
});
