import { expect, test } from 'vitest';
import { candidateRepositories } from '../../src/dataroot/distribution.ts';
import { Folder } from '../../src/dataroot/folder.ts';
import { DataRoot, digestOf } from '../support/data-root.ts';
import { healthySamples, unpackSample } from '../support/sample.ts';

test.each(healthySamples)('%s', async (sample) => {
  const root = Folder.open(await unpackSample(sample));
  const app = 'sha256:9a919eaa9b32b43b712ab68a950aa04112462effb1b4d548951c502f96b58dac';
  const alpine = 'sha256:4d87d2244e116d6178c353a764d1d7256b097fe9b94b0d2260edae4558e5109e';
  expect(candidateRepositories(root, 'overlay2', app)).toEqual(['127.0.0.1:5001/demo/app']);
  // One layer, which three repositories share: they all come into question.
  expect(candidateRepositories(root, 'overlay2', alpine)).toEqual([
    '127.0.0.1:5001/demo/app',
    '127.0.0.1:5001/demo/multi',
    '127.0.0.1:5001/library/alpine',
  ]);
  expect(candidateRepositories(root, 'vfs', app)).toEqual([]);
  expect(candidateRepositories(root, 'overlay2', 'sha256:none')).toEqual([]);
});

test('what is written there is not believed to be names', async () => {
  const root = await DataRoot.make();
  const layers = ['one', 'two', 'three'].map((name) => digestOf(name));
  const imageId = await root.image('image', layers);
  const file = (index: number) =>
    `image/overlay2/distribution/v2metadata-by-diffid/sha256/${layers[index]?.slice(7)}`;
  const source = (name: unknown) => ({ Digest: digestOf('x'), SourceRepository: name, HMAC: '' });
  await root.write(file(0), '{"SourceRepository":"a/b"}');
  await root.write(file(1), 'not JSON');
  await root.write(
    file(2),
    JSON.stringify([
      null,
      1,
      {},
      source(5),
      source('../etc'),
      source('docker.io/library/alpine'),
      source('UPPER/x y'),
    ]),
  );
  expect(candidateRepositories(Folder.open(root.path), 'overlay2', imageId)).toEqual(['alpine']);
});
