import { expect, test } from 'vitest';
import type { Context } from '../../../src/cli/framework/command.ts';
import { requireGraphdriverStore } from '../../../src/cli/target/containerd.ts';
import type { RunningEngine } from '../../../src/cli/target/running-engine.ts';

import type { ImageStore } from '../../../src/engine/engine.ts';
import { DataRoot } from '../../support/data-root.ts';

function running(host: string, dataRoot: string, imageStore: ImageStore): RunningEngine {
  return { engine: { host }, info: { dataRoot, imageStore, id: '' } } as RunningEngine;
}

const context = { env: {} } as Context;
const local = 'unix:///run/docker.sock';
const remote = 'tcp://other.example:2375';

test.each([
  ['a daemon here that uses it', local, 'graphdriver', 'used'],
  ['a daemon here that does not', local, 'containerd', 'dead'],
  ['a daemon on another host that does not', remote, 'containerd', 'used'],
] as const)('%s', async (_, host, imageStore, is) => {
  const { location } = await DataRoot.make();
  const { dataRoot = '' } = location;
  const refusal = requireGraphdriverStore(location, running(host, dataRoot, imageStore), 'no', context);
  if (is === 'used') await expect(refusal).resolves.toBeUndefined();
  else await expect(refusal).rejects.toMatchObject({ code: 'CONTAINERD_IMAGE_STORE' });
});

test('a file that was named is meant', async () => {
  const { location } = await DataRoot.make();
  const named = { ...location, isFileNamed: true };
  const daemon = running(local, location.dataRoot ?? '', 'containerd');
  await expect(requireGraphdriverStore(named, daemon, 'no', context)).resolves.toBeUndefined();
});
