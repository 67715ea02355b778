import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyPatch } from '../../src/repositories/apply.ts';
import { diffRepositories } from '../../src/repositories/diff.ts';
import { parseRepositories } from '../../src/repositories/parse.ts';
import { patchFromChanges } from '../../src/repositories/patch.ts';
import { parsePatch } from '../../src/repositories/patch-schema.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';

const project = join(import.meta.dirname, '../..');
const sample = (name: string) => readFileSync(join(project, 'fixtures/sample', name), 'utf8');

describe('fixtures/sample', () => {
  const store = parseRepositories(sample('docker/image/overlay2/repositories.json'));
  const connected = parseRepositories(sample('connected-host.json'));
  const patch = parsePatch(sample('restore-digests.json'));

  test('the patch leads from the store to the file of the connected host', () => {
    expect(serializeRepositories(applyPatch(store, patch).repositories)).toBe(sample('connected-host.json'));
    expect(patch.operations).toEqual(patchFromChanges(diffRepositories(store, connected)).operations);
  });
});

describe('npm run demo', () => {
  test('checks, compares, patches and shows the result, and leaves the sample alone', () => {
    const before = sample('docker/image/overlay2/repositories.json');
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(project, 'scripts/demo.js')], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const commands = stdout.split('\n').filter((line) => line.startsWith('$ '));
    expect(commands.map((line) => line.replace('$ refstore --data-root docker ', '').split(' ')[0])).toEqual([
      'ls',
      'check',
      'diff',
      'patch',
      'resolve',
      'diff',
      'check',
      'backups',
    ]);
    expect(sample('docker/image/overlay2/repositories.json')).toBe(before);
  });
});
