// What a user who owns a data root can do while root works in it: puts links in the place of what is being made.
//   node swap-paths.mjs FOLDER VICTIM_FILE VICTIM_FOLDER
import { readdirSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

const [folder, victimFile, victimFolder] = process.argv.slice(2);
const backups = join(folder, 'repositories.json.backups');
let round = 0;

function swap(path, target) {
  try {
    renameSync(path, join(folder, `moved-${process.pid}-${round++}`));
    symlinkSync(target, path);
    return true;
  } catch {
    return false; // gone already
  }
}

function namesIn(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

process.stdout.write('watching\n');
for (;;) {
  for (const name of namesIn(folder)) {
    if (name.startsWith('.refstore-staged-')) swap(join(folder, name), victimFile);
  }
  const unfinished = namesIn(backups).filter((name) => name.startsWith('.unfinished-'));
  for (const name of unfinished) swap(join(backups, name), victimFile);
  // Now and then the whole folder.
  if (unfinished.length > 0 && round % 3 === 0 && swap(backups, victimFolder)) {
    for (let i = 0; i < 50; i++) namesIn(folder);
    try {
      unlinkSync(backups);
    } catch {
      // removed meanwhile
    }
  }
}
