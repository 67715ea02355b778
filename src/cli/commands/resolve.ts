import { parseNormalizedNamed } from '../../reference/parse.ts';
import { familiarString, favorDigest } from '../../reference/reference.ts';
import { ReferenceNotFoundError } from '../../repositories/reference-errors.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import { escapeText } from '../../util/escape.ts';
import { defineCommand } from '../framework/command.ts';
import { exitStatus } from '../framework/exit-status.ts';
import { one } from '../framework/positionals.ts';
import { reportError } from '../framework/report-error.ts';
import { type ReadTarget, readTarget } from '../target/read-target.ts';

export const resolve = defineCommand({
  name: 'resolve',
  description:
    'Prints the image ID that the daemon finds under a reference, by its own rules: a name without a tag means :latest, and of name:tag@digest only the digest counts. Below it stands what else names that image. Read from the disk.',
  options: {},
  positionals: { reference: one('REF', 'name, name:tag, name@digest, or an image ID or its beginning') },
  examples: [
    { line: 'resolve alpine:3.20', what: 'the image, and its other names' },
    { line: 'resolve --quiet app@sha256:…', what: 'the image ID alone, for a script' },
  ],
  statuses: { [exitStatus.findings]: 'nothing stands under this reference' },
  async run({ positionals }, context) {
    const { out, program } = context;
    const target = await readTarget(context);
    const { repositories } = target;
    const { key, imageId } = await find(positionals.reference, target);
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

const wholeId = /^(?:sha256:)?[0-9a-f]{64}$/;
const idPrefix = /^(?:sha256:)?[0-9a-f]{4,63}$/;

/** In the daemon's order: an image ID, a reference, the beginning of an ID; `key` is what was looked for. */
async function find(
  text: string,
  { repositories, location }: ReadTarget,
): Promise<{ readonly key: string; readonly imageId: string | undefined }> {
  if (wholeId.test(text)) {
    const imageId = text.startsWith('sha256:') ? text : `sha256:${text}`;
    const { hasImage } = await import('../../dataroot/has-image.ts');
    // Without the images themselves, that a name stands at the ID is all that can be known.
    const isLocal = hasImage(imageId, location) ?? namesOf(repositories, imageId).length > 0;
    return { key: imageId, imageId: isLocal ? imageId : undefined };
  }
  if (idPrefix.test(text) && (text.startsWith('sha256:') || repositories.find(text) === undefined)) {
    return { key: text, imageId: await byBeginning(repositories, text) };
  }
  const wanted = parseNormalizedNamed(text);
  const key = familiarString(favorDigest(wanted));
  return { key, imageId: repositories.find(wanted) };
}

/** @throws RefstoreError REFERENCE_CONFLICT when it fits several */
async function byBeginning(repositories: Repositories, text: string): Promise<string | undefined> {
  const { resolveImage } = await import('../write/image.ts');
  try {
    return resolveImage(repositories, text);
  } catch (error) {
    if (error instanceof ReferenceNotFoundError) return undefined;
    throw error;
  }
}

/** Every key at an image, as it stands in the file. */
function namesOf(repositories: Repositories, imageId: string): string[] {
  const names: string[] = [];
  for (const entry of repositories.entries()) if (entry.imageId === imageId) names.push(entry.reference);
  return names;
}
