import type { Rule } from '../rule.ts';

/** Something else stands where the file should be. */

export const fileSymlink: Rule = {
  name: 'file-symlink',
  severity: 'error',
  fix: 'none',
  category: 'file',
  summary: 'a symbolic link: newer daemons read it, and cannot save',
  *check({ facts: { file } }) {
    const { kind, link, path } = file;
    if (kind === 'symlink' && link?.dangling !== true) {
      yield { args: { path, target: link?.target ?? '' } };
    }
  },
};

export const fileDanglingSymlink: Rule = {
  name: 'file-dangling-symlink',
  severity: 'fatal',
  fix: 'none',
  category: 'file',
  summary: 'a symbolic link to nothing: newer daemons do not start, older ones replace it by an empty store',
  *check({ facts: { file } }) {
    const { kind, link, path } = file;
    if (kind === 'symlink' && link?.dangling === true) yield { args: { path, target: link.target } };
  },
};

export const notAFile: Rule = {
  name: 'not-a-file',
  severity: 'fatal',
  fix: 'none',
  category: 'file',
  summary: 'a directory, pipe, socket or device stands where the file should be',
  *check({ facts: { file } }) {
    if (file.kind === 'directory' || file.kind === 'other') {
      yield { args: { path: file.path, kind: file.kind } };
    }
  },
};
