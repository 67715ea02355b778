import { chmod, chown, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/check/check.ts';
import { type CheckStoreOptions, checkStore } from '../../src/check-and-repair/check-store.ts';
import { planStoreRepair, rollOutRepair } from '../../src/check-and-repair/repair-store.ts';
import { Repositories } from '../../src/repositories/repositories.ts';
import { openStore } from '../../src/store/open.ts';
import { type CorpusCase, corpusNames, readCase } from '../support/corpus.ts';
import { canBeLaidOut, layOutHost } from './support/corpus-host.ts';
import { Dockerd, engineLines } from './support/dockerd.ts';
import { makeImage, type TestImage } from './support/images.ts';
import { Registry } from './support/registry.ts';

/** The two images of fixtures/corpus/host.json, by ID and manifest digest; here they are images that this daemon pulled. */
const recorded = {
  alpine: {
    id: 'sha256:4d87d2244e116d6178c353a764d1d7256b097fe9b94b0d2260edae4558e5109e',
    digest: 'sha256:c49d906cf72a53b89907b0d718fcce7598466eac4d49f022ac1bcc659b7ce266',
  },
  app: {
    id: 'sha256:9a919eaa9b32b43b712ab68a950aa04112462effb1b4d548951c502f96b58dac',
    digest: 'sha256:9ff3e65796b1e23f3d74f95f4f3aa1d874facb0dada9ac6e3fa94817092cf395',
  },
};
const images = { alpine: makeImage('alpine'), app: makeImage('app') };
const standIns = (['alpine', 'app'] as const).map((name) => ({
  recorded: recorded[name].id,
  actual: images[name].id,
}));
const cases = await corpusNames();

/** The host's own daemon.json has nothing to say about this data root. */
const check: CheckStoreOptions = { level: 'full', installations: [] };

let registry: Registry;
const digests = new Map<TestImage, string>();

beforeAll(async () => {
  registry = await Registry.start();
  for (const [name, image] of Object.entries(images)) {
    digests.set(image, await registry.push(`corpus/${name}`, image, 'schema2'));
  }
});

afterAll(async () => {
  await registry?.stop();
});

describe.each(engineLines)('engine %s', (line) => {
  let daemon: Dockerd;
  let file: string;

  beforeAll(async () => {
    daemon = await Dockerd.create({ line });
    await daemon.start();
    // Pulled, so that the daemon keeps the manifests that prove the digests.
    for (const [name, image] of Object.entries(images)) {
      await daemon.docker('pull', '--quiet', `${registry.name}/corpus/${name}@${digests.get(image)}`);
    }
    file = await daemon.repositoriesFile();
    await daemon.kill();
  });

  afterAll(async () => {
    await daemon?.dispose();
  });

  test('there are cases', () => {
    expect(cases.length).toBeGreaterThanOrEqual(139);
  });

  test('some of them are laid out with their host', async () => {
    const all = await Promise.all(cases.map(async (name) => (await readCase(name)).case.host ?? {}));
    expect(all.filter((host) => canBeLaidOut(host, standIns)).length).toBeGreaterThanOrEqual(9);
  });

  test.each(cases)(
    '%s: what is called fatal stops the daemon, what is called sound resolves, also after the repair',
    async (name) => {
      const { case: given, before } = await readCase(name);
      const bytes = before === undefined ? undefined : ours(before);
      await place(given, bytes);
      const { host = {} } = given;
      const isLaidOut = canBeLaidOut(host, standIns);
      const revertChange = isLaidOut ? await layOutHost(dirname(file), host, standIns) : undefined;
      try {
        const report = await checkStore({ file }, check);
        if (isLaidOut) expect(rulesOf(report)).toEqual(expect.arrayContaining(rulesOf(given)));
        await expectDaemonToAgree(report, name);
        await place(given, bytes);
        const left = await repair(given);
        await expectDaemonToAgree(left, `${name}, repaired`);
      } finally {
        await daemon
          .kill()
          .then(clear)
          .finally(() => revertChange?.());
      }
    },
  );

  /** Starts the daemon on what was checked, and asks it for every entry that the report has nothing against. */
  async function expectDaemonToAgree({ summary, findings, context }: Report, about: string): Promise<void> {
    const starts = await daemon.tryStart();
    const words = starts ? 'it starts' : await daemon.lastWords();
    const expected = summary.fatal === 0 || (line !== '28.5' && isOnlyDangling(findings));
    expect({ about, starts, words }).toMatchObject({ about, starts: expected });
    if (starts) await expectToResolve(context.decoded ?? Repositories.empty, findings, about);
    await daemon.kill();
  }

  async function expectToResolve(
    repositories: Repositories,
    findings: Report['findings'],
    about: string,
  ): Promise<void> {
    const faulty = new Set(
      findings
        .filter(({ severity }) => severity === 'error')
        .map(({ repository, reference }) => `${repository} ${reference}`),
    );
    const lost = findings.filter(
      ({ severity, reference }) => severity === 'error' && reference === undefined,
    );
    const lostImages = new Set(lost.map(({ imageId }) => imageId));
    // An image without its layers' files is found; Docker 28 shows what it finds only with them.
    const unusable = new Set(
      lost.filter(({ rule }) => rule === 'layer-data-missing').map(({ imageId }) => imageId),
    );
    for (const { repository, reference, imageId } of repositories.entries()) {
      if (faulty.has(`${repository} ${reference}`)) continue;
      const found = await daemon.inspect(reference).then(
        ({ Id }) => Id,
        (error: Error) => error.message,
      );
      const isLost = lostImages.has(imageId);
      const refusal = unusable.has(imageId)
        ? new RegExp(`^${imageId}$|no such file or directory`)
        : /no such image|layer does not exist/i;
      const wanted = isLost ? expect.stringMatching(refusal) : imageId;
      expect({ about, reference, found }).toEqual({ about, reference, found: wanted });
    }
  }

  async function repair({ policy = {} }: CorpusCase): Promise<Report> {
    const store = await openStore({ file });
    const planned = await planStoreRepair(store, { ...check, policy });
    const { plan } = planned;
    if (plan.rewrite || plan.steps.length > 0) await rollOutRepair(store, planned, {});
    const again = await planStoreRepair(store, { ...check, policy });
    expect({ rewrite: again.plan.rewrite, steps: again.plan.steps }).toEqual({ rewrite: false, steps: [] });
    return again.report;
  }

  async function place({ file: how = {} }: CorpusCase, bytes: Buffer | undefined): Promise<void> {
    await clear();
    for (const { name, size } of how.leftovers ?? []) {
      await writeFile(join(dirname(file), name), Buffer.alloc(size, 'x'));
    }
    switch (how.kind ?? 'file') {
      case 'missing':
        return;
      case 'directory':
        await mkdir(file);
        return;
      case 'symlink':
        if (bytes !== undefined) await writeFile(join(dirname(file), how.link?.target ?? ''), bytes);
        await symlink(how.link?.target ?? '', file);
        return;
      default:
        if (bytes === undefined) throw new Error('a case with a file needs its bytes');
        await writeFile(file, bytes);
        await chmod(file, how.mode ?? 0o600);
        await chown(file, how.uid ?? 0, how.gid ?? 0);
    }
  }

  /** Everything in the store's folder that is not the daemon's image db, layer db or distribution metadata. */
  async function clear(): Promise<void> {
    const folder = dirname(file);
    for (const name of await readdir(folder)) {
      if (['imagedb', 'layerdb', 'distribution'].includes(name)) continue;
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
});

function rulesOf({ findings }: { readonly findings: readonly { readonly rule: string }[] }): string[] {
  return [...new Set(findings.map(({ rule }) => rule))];
}

/** 20.10 and 26.1 put an empty store in the place of a link that leads nowhere; 28.5 refuses to start. */
function isOnlyDangling(findings: Report['findings']): boolean {
  const fatal = findings.filter(({ severity }) => severity === 'fatal');
  return fatal.length > 0 && fatal.every(({ rule }) => rule === 'file-dangling-symlink');
}

/** IDs and digests have one length, so that nothing moves. Latin-1 keeps bytes that are no text. */
function ours(bytes: Uint8Array): Buffer {
  let text = Buffer.from(bytes).toString('latin1');
  for (const name of ['alpine', 'app'] as const) {
    text = text
      .replaceAll(recorded[name].id, images[name].id)
      .replaceAll(recorded[name].digest, digests.get(images[name]) as string);
  }
  return Buffer.from(text, 'latin1');
}
