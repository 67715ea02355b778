import type { Rule } from '../rule.ts';

/** What a crash leaves beside the file. */

export const leftoverTemporary: Rule = {
  name: 'leftover-temporary',
  severity: 'info',
  fix: 'none',
  category: 'file',
  summary: 'a temporary file that no engine ever reads or cleans',
  *check({ facts: { file } }) {
    const folder = file.path.slice(0, file.path.lastIndexOf('/') + 1);
    for (const { name, size } of file.leftovers) yield { args: { path: folder + name, name, size } };
  },
};

export const staleLock: Rule = {
  name: 'stale-lock',
  severity: 'info',
  fix: 'none',
  category: 'file',
  summary: 'a lock whose holder is gone, or something else in its place',
  *check({ facts: { file } }) {
    const { lock } = file;
    if (lock?.obstacle !== undefined)
      yield { severity: 'warning', args: { path: lock.path, obstacle: lock.obstacle } };
    else if (lock?.stale) yield { args: { path: lock.path, holder: lock.holder ?? '' } };
  },
};
