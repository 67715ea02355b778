import { isImageId } from '../../../reference/digest.ts';
import { removeEntry } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { entry, image } from '../../message.ts';
import { isResolvable } from '../../stored-entry.ts';

type Args = {
  /** Requests for the reference crash in the daemon. */
  readonly crashes: boolean;
};

export const imageIdMalformed = defineRule<Args>({
  name: 'image-id-malformed',
  category: 'entries',
  severity: 'error',
  fix: 'lossy',
  summary: 'not a valid image ID: requests for the reference crash, or find nothing',
  *check(context) {
    for (const entry of context.survey.unresolvable) {
      const { repository, reference, imageId } = entry;
      if (isImageId(imageId) || !isResolvable(entry)) continue;
      const at = context.placeOf(entry);
      // go-digest panics where there is no colon; with one, the image is just not found.
      const crashes = !imageId.includes(':');
      yield { repository, reference, imageId, ...(at && { at }), args: { crashes } };
    }
  },
  message: (f) =>
    `${entry(f)} has ${image(f)} for an image ID: ${f.args.crashes ? 'every request for it crashes in the daemon, and the client sees EOF' : 'the daemon finds no such image'}`,
  meaning:
    "An ID without a colon panics (`no ':' separator in digest`) at inspect, run and rmi of the reference; any other that is not sha256: and 64 lower-case hex digits is not found. docker rmi cannot remove it.",
  cause: 'The file was written by hand or by a script: the ID was cut, or its sha256: left out.',
  advice: [
    { text: 'Point the tag at the image that it belongs to', command: 'docker tag IMAGE NAME:TAG' },
    removeEntry('image-id-malformed'),
  ],
});
