import { expect, test } from 'vitest';
import * as library from '../src/index.ts';

test('the names that others call are there', () => {
  const names = [
    'parseNormalizedNamed familiarName familiarString canonicalString tagNameOnly',
    'parseRepositories serializeRepositories Repositories diffRepositories mergeRepositories',
    'patchSchema parsePatch patchFromChanges invertPatch applyPatch serializePatch',
    'openStore locateStore storesIn rollOut',
    'checkStore planRepair salvage formatFinding',
    'exportDigests exportDigestsFrom planDigestRestore rollOutRestore restoreDigests',
    'verifyDigests verifyEngineDigests formatVerified formatNotRestored',
    'connectEngine restartDaemon verifyLive liveRepositories findManager',
    'commands runRefstore mountCommands RefstoreError errorCodes version',
  ].flatMap((line) => line.split(' '));
  expect(names.filter((name) => !Object.hasOwn(library, name))).toEqual([]);
});

test('a patch is what the schema says', () => {
  const { Repositories, diffRepositories, patchFromChanges, patchSchema } = library;
  const after = Repositories.empty.addTag('alpine:3.20', `sha256:${'a'.repeat(64)}`);
  const patch = patchFromChanges(diffRepositories(Repositories.empty, after));
  expect(patchSchema.parse(patch)).toEqual(patch);
});
