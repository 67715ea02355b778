import { defineRule } from '../../define-rule.ts';

type Args = {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  /** The folder's owner. */
  readonly wantedUid: number;
  readonly wantedGid: number;
};

export const fileOwner = defineRule<Args>({
  name: 'file-owner',
  category: 'file',
  severity: 'info',
  fix: 'none',
  summary: 'the owner is not the one of the folder',
  *check({ facts: { file } }) {
    const { kind, uid, gid, folder, path } = file;
    if (kind !== 'file' || folder === undefined || uid === undefined) return;
    if (uid !== folder.uid) {
      yield { args: { path, uid, gid: gid ?? -1, wantedUid: folder.uid, wantedGid: folder.gid } };
    }
  },
  message: ({ args: { uid, gid, wantedUid, wantedGid } }) =>
    `the owner is ${uid}:${gid}, the folder's is ${wantedUid}:${wantedGid}; the daemon corrects it at its next save`,
  meaning: 'The daemon reads the file whoever owns it. Its owner decides which program runs under a name.',
  cause: 'The file was restored or copied by another user.',
  advice: [{ text: 'Set it', command: 'chown --reference="$(dirname FILE)" FILE' }],
});
