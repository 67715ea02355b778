import { pull } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { entry, image } from '../../message.ts';
import { ghosts } from '../utils/ghosts.ts';

export const ghostTag = defineRule({
  name: 'ghost-tag',
  category: 'data-root',
  severity: 'error',
  fix: 'lossy',
  summary: 'a tag at an image that is not there',
  check: (context) => ghosts(context, 'tag'),
  message: (f) =>
    `${entry(f)} is at the image ${image(f)}, which is not there: the tag is not listed, found or removed`,
  meaning:
    'The daemon answers 404 for it, docker rmi and prune do not remove it, and it stays for ever. A docker tag or docker pull of the same name corrects it.',
  cause:
    'Files under imagedb were deleted by hand or by a cleaning script, or the store was restored without its images.',
  advice: [
    pull,
    {
      text: 'Where a container or a backup says which image it is, repair moves it',
      command: 'refstore repair --from backup:ID',
    },
    { text: 'Remove it', command: 'refstore repair --lossy ghost-tag' },
  ],
});
