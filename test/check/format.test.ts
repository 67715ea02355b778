import { expect, test } from 'vitest';
import { checkFacts } from '../../src/check/check.ts';
import { formatFinding } from '../../src/check/format.ts';
import { printable } from '../../src/check/printable.ts';
import { file, host, imageA, store, tagged } from '../support/facts.ts';

test('what comes from files cannot drive a terminal', () => {
  expect(printable('a\x1b[31m\u202eb\u009b\ud800\ufeff\n')).toBe(
    'a\\u001b[31m\\u202eb\\u009b\\ud800\\ufeff\\u000a',
  );
  expect(printable('ключ 鍵 😀')).toBe('ключ 鍵 😀');
  expect(printable('x'.repeat(1000))).toBe(`${'x'.repeat(300)}…`);
});

test.each([
  [file(''), 'the file is empty: the daemon does not start (EOF); no entry can be read'],
  [
    file(store(tagged).slice(0, -20)),
    'the file ends in an image ID: the daemon does not start (unexpected EOF); 1 whole entry can be saved; damaged: b:1',
  ],
  [
    file('server.port=1\n'),
    'the file holds something else, it looks like a list of settings, beginning with "server.port": the daemon does not start (invalid character \'s\' looking for beginning of value); no entry can be read',
  ],
  [
    host({ ...tagged, 'docker.io/\u001b': { '\u001b[2J': imageA } }),
    '"\\u001b[2J" in the repository "docker.io/\\u001b" is no reference: nothing can ask for it, and by name the daemon lists nothing of its repository',
  ],
])('a finding in a sentence: %#', (facts, sentence) => {
  expect(checkFacts(facts).findings.map(formatFinding)).toContain(sentence);
});
