import type { Rule } from '../rule.ts';

/** What keeps the daemon from starting, beside the file. */

export const folderBlocked: Rule = {
  name: 'folder-blocked',
  severity: 'fatal',
  fix: 'none',
  category: 'data-root',
  summary: 'something else stands where the daemon needs a folder: it does not start',
  *check({ facts: { dataRoot } }) {
    for (const { path, reason } of dataRoot?.blockedFolders ?? []) yield { args: { path, reason } };
  },
};

export const containerdMetadataDamaged: Rule = {
  name: 'containerd-metadata-damaged',
  severity: 'fatal',
  fix: 'none',
  category: 'daemon',
  summary: 'the database of the containerd that the daemon starts is damaged: no container starts',
  *check({ facts: { dataRoot } }) {
    const { containerdMetadata } = dataRoot ?? {};
    if (containerdMetadata !== undefined) yield { args: { ...containerdMetadata } };
  },
};
