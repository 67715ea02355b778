import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parseRepositories } from '../../src/repositories/parse.ts';
import { add, oneTag, patch, storeWith } from '../support/store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const tries = 25;

// Root works in a data root that belongs to a user: what he puts there for a link must not get a file of root's.
test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'a user who swaps paths for links while root writes gets no file of root, and nothing is put where they lead',
  async () => {
    const store = await storeWith(oneTag);
    const folder = dirname(store.location.file);
    await chown(folder, 1234, 1234);
    await chown(store.location.file, 1234, 1234);
    await chmod(store.location.file, 0o666);
    const victims = await temporaryFolder();
    const victimFolder = await temporaryFolder();
    const victim = join(victims, 'shadow');
    await writeFile(victim, 'secret', { mode: 0o600 });
    const script = fileURLToPath(new URL('../support/children/swap-paths.mjs', import.meta.url));
    const attacker = spawn(process.execPath, [script, folder, victim, victimFolder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void attacker.kill('SIGKILL'));
    await once(attacker.stdout, 'data');
    let refused = 0;
    for (let i = 0; i < tries; i++) {
      await store.commit(patch(add(`app:${i}`))).catch(() => refused++);
    }
    attacker.kill('SIGKILL');
    await once(attacker, 'exit');
    const { uid, gid, mode } = await stat(victim);
    expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: 0, gid: 0, mode: 0o600 });
    expect(await readFile(victim, 'utf8')).toBe('secret');
    const owner = await stat(victimFolder);
    expect({ uid: owner.uid, mode: owner.mode & 0o7777 }).toEqual({ uid: 0, mode: 0o700 });
    expect(await readdir(victimFolder)).toEqual([]);
    // The attacker met us: otherwise this has shown nothing.
    expect(
      (await readdir(folder)).some((name) => name.startsWith('moved-')),
      `${refused} refused`,
    ).toBe(true);
    parseRepositories(await readFile(store.location.file));
  },
  60_000,
);
