import { expect, test } from 'vitest';
import { repairStore } from '../../src/fsck/repair-store.ts';
import { parseSource } from '../../src/sources/parse-source.ts';
import { Hosts } from '../support/hosts.ts';

const hosts = new Hosts();
const name = 'registry.example.com/app';

/** app's digest leads to another image, and nothing on this host says so. */
async function wrong() {
  const { store } = await hosts.airGapped({
    ...hosts.tags,
    [name]: { [`${name}:1`]: hosts.app, [hosts.appDigest]: hosts.multi },
  });
  return store;
}

test('a manifest that only a source has shows a wrong digest, and mends it', async () => {
  const store = await wrong();
  const sources = [parseSource(`lock:${await hosts.lockFile()}`)];
  const { planned, rollout } = await repairStore(store, { sources });
  expect(planned.report.findings.map(({ rule }) => rule)).toContain('digest-wrong-image');
  expect(rollout?.changes).toMatchObject([
    { op: 'move', reference: hosts.appDigest, from: hosts.multi, image: hosts.app },
  ]);
  expect((await store.read()).repositories.find(hosts.appDigest)).toBe(hosts.app);
});

test('without the source nothing is known of it', async () => {
  const store = await wrong();
  const { planned, rollout } = await repairStore(store);
  expect(planned.report.findings.map(({ rule }) => rule)).not.toContain('digest-wrong-image');
  expect(rollout).toBeUndefined();
});
