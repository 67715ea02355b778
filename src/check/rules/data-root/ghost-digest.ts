import { defineRule } from '../../define-rule.ts';
import { entry, image } from '../../message.ts';
import { ghosts } from '../utils/ghosts.ts';

export const ghostDigest = defineRule({
  name: 'ghost-digest',
  category: 'data-root',
  severity: 'error',
  fix: 'lossy',
  summary: 'a digest at an image that is not there: it blocks every pull of that digest',
  check: (context) => ghosts(context, 'digest'),
  message: (f) =>
    `${entry(f)} is at the image ${image(f)}, which is not there: every pull of this digest fails`,
  meaning:
    'Nothing in Docker corrects it: docker pull name@digest fails with `cannot overwrite digest`, a pull of the tag says "up to date" and logs `changed from … cannot update`, docker rmi does not find it. A ghost digest is worse than no digest.',
  cause:
    'Files under imagedb were deleted by hand, the store was restored without its images, or a script wrote a digest for an image that was never there.',
  advice: [
    { text: 'Where a manifest proves the right image, repair moves it', command: 'refstore repair' },
    {
      text: 'Otherwise remove it, and pull the digest again',
      command: 'refstore repair --lossy ghost-digest',
    },
  ],
});
