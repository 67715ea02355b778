import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { planStoreRepair, repairStore, rollOutRepair } from '../../src/index.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';
import { parseSource } from '../../src/sources/parse-source.ts';
import { openStore } from '../../src/store/index.ts';
import { cliStore, healthy } from '../support/cli-store.ts';
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

describe('what was planned is what is done', () => {
  const cut = healthy.slice(0, -20);
  const planned = async () => {
    const { dataRoot, file } = await cliStore(cut);
    const store = await openStore({ dataRoot });
    const policy = { rescueTags: true };
    return { store, file, made: await planStoreRepair(store, { policy }) };
  };

  test('of a cut file: the bytes that the plan says are written, once', async () => {
    const { store, file, made } = await planned();
    await expect(store.commit(made.plan.patch)).rejects.toMatchObject({ code: 'INVALID_REPOSITORIES_FILE' });
    const done = await rollOutRepair(store, made);
    expect(done.changes).toEqual(made.plan.steps.map(({ change }) => change));
    expect(await readFile(file, 'utf8')).toBe(serializeRepositories(made.plan.after));
    await expect(rollOutRepair(store, made)).rejects.toMatchObject({ code: 'CHANGED_UNDERNEATH' });
  });

  test('a file that changed underneath is refused, and left', async () => {
    const { store, file, made } = await planned();
    await writeFile(file, `${cut} `);
    await expect(rollOutRepair(store, made)).rejects.toMatchObject({ code: 'CHANGED_UNDERNEATH' });
    expect(await readFile(file, 'utf8')).toBe(`${cut} `);
  });

  test('so is one that came after a plan for no file', async () => {
    const { dataRoot, file } = await cliStore(null);
    const store = await openStore({ dataRoot });
    const made = await planStoreRepair(store, { policy: { rescueTags: true } });
    expect(made.plan.steps).toHaveLength(2);
    await writeFile(file, healthy);
    await expect(rollOutRepair(store, made)).rejects.toMatchObject({ code: 'CHANGED_UNDERNEATH' });
    expect(await readFile(file, 'utf8')).toBe(healthy);
  });

  test('a plan that is withheld writes nothing, whoever carries it out', async () => {
    const { dataRoot, file } = await cliStore(cut);
    const store = await openStore({ dataRoot });
    const { planned: made, rollout } = await repairStore(store);
    expect({ withheld: made.plan.withheld, rollout }).toEqual({ withheld: 'file-cut', rollout: undefined });
    expect(await rollOutRepair(store, made)).toMatchObject({ changed: false });
    expect(await readFile(file, 'utf8')).toBe(cut);
  });

  test('a choice that cannot be followed is refused before anything is written', async () => {
    const { store } = await planned();
    const answers = new Map([['app:1', `sha256:${'8'.repeat(64)}`]]);
    await expect(planStoreRepair(store, { policy: { answers } })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
