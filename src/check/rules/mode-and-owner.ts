import type { Rule } from '../rule.ts';

const usual = 0o600;
const writableByOthers = 0o022;

export const fileMode: Rule = {
  name: 'file-mode',
  severity: 'info',
  fix: 'none',
  category: 'file',
  summary: 'the mode is not 0600',
  *check({ facts: { file } }) {
    if (file.kind !== 'file' || file.mode === undefined || file.mode === usual) return;
    const isWritable = (file.mode & writableByOthers) !== 0;
    yield {
      ...(isWritable ? { severity: 'warning' } : {}),
      args: { path: file.path, mode: file.mode.toString(8).padStart(4, '0'), isWritable },
    };
  },
};

export const fileOwner: Rule = {
  name: 'file-owner',
  severity: 'info',
  fix: 'none',
  category: 'file',
  summary: 'the owner is not the one of the folder',
  *check({ facts: { file } }) {
    const { kind, uid, gid, folder, path } = file;
    if (kind !== 'file' || folder === undefined || uid === undefined) return;
    if (uid !== folder.uid) {
      yield { args: { path, uid, gid: gid ?? -1, wantedUid: folder.uid, wantedGid: folder.gid } };
    }
  },
};
