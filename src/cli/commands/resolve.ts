import { parseNormalizedNamed } from '../../reference/parse.ts';
import { familiarString, tagNameOnly, withoutTag } from '../../reference/reference.ts';
import { ReferenceNotFoundError } from '../../repositories/reference-errors.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import { defineCommand } from '../command.ts';
import { escapeText } from '../escape.ts';
import { exitStatus } from '../exit-status.ts';
import { one } from '../positionals.ts';
import { readTarget } from '../read-target.ts';
import { reportError } from '../report-error.ts';

export const resolve = defineCommand({
  name: 'resolve',
  description:
    'Prints the image ID that the daemon finds under a reference, by its own rules: a name without a tag means :latest, and of name:tag@digest only the digest counts. Below it stands what else names that image. Read from the disk.',
  options: {},
  positionals: { reference: one('REF', 'name, name:tag or name@digest') },
  examples: [
    { line: 'resolve alpine:3.20', what: 'the image, and its other names' },
    { line: 'resolve --quiet app@sha256:…', what: 'the image ID alone, for a script' },
  ],
  statuses: { [exitStatus.findings]: 'nothing stands under this reference' },
  async run({ positionals }, context) {
    const { out, program } = context;
    const wanted = parseNormalizedNamed(positionals.reference);
    const key = familiarString(wanted.digest === undefined ? tagNameOnly(wanted) : withoutTag(wanted));
    const { repositories } = await readTarget(context);
    const imageId = repositories.find(wanted);
    if (imageId === undefined) {
      return reportError(new ReferenceNotFoundError(key), out, { program, status: exitStatus.findings });
    }
    const others = namesOf(repositories, imageId).filter((name) => name !== key);
    if (out.json) await out.printJson('resolution', { reference: key, imageId, others });
    else {
      const names = out.quiet ? [] : others.map((name) => `  ${escapeText(name)}\n`);
      await out.print(`${escapeText(imageId)}\n${names.join('')}`);
    }
    return exitStatus.done;
  },
});

/** Every key at an image, as it stands in the file. */
function namesOf(repositories: Repositories, imageId: string): string[] {
  const names: string[] = [];
  for (const entry of repositories.entries()) if (entry.imageId === imageId) names.push(entry.reference);
  return names;
}
