import { defineCommand } from '../framework/command.ts';
import { readInput } from '../framework/input.ts';
import { flag } from '../framework/options.ts';
import { one } from '../framework/positionals.ts';
import { livableOptions } from '../options/write-options.ts';
import { openTarget } from '../target/target.ts';
import { performPatch } from '../write/perform.ts';
import { writeStatuses } from '../write/statuses.ts';

export const patch = defineCommand({
  name: 'patch',
  description:
    'Applies a patch document (docs/patch.md; diff --json makes one): all of its operations, or none. Where the document names a base, the file must still be those bytes. Digests in it need no proof, but no name is written for an image that is not there.',
  options: {
    'allow-ghosts': flag('also write names of images that are not there: Docker cannot use or remove them'),
    ...livableOptions,
  },
  positionals: { file: one('FILE|-', 'the document; - is standard input') },
  examples: [
    { line: 'patch --dry-run p.json', what: 'what it would do' },
    { line: 'patch --yes --restart p.json', what: 'stop the daemon, apply it, start the daemon, and verify' },
  ],
  statuses: writeStatuses,
  writes: true,
  async run({ options, positionals }, context) {
    const { maxPatchSize, parsePatch } = await import('../../repositories/patch-schema.ts');
    const plan = parsePatch(await readInput(positionals.file, maxPatchSize, context));
    const ghosts = options['allow-ghosts'] ? 'allow' : 'refuse';
    return performPatch({ store: await openTarget(context), plan, ghosts }, options, context);
  },
});
