// The main job on the sample data root of fixtures/sample, with the real command line: npm run demo.
// Works on a temporary copy; needs neither Docker nor root.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const project = join(import.meta.dirname, '..');
const refstore = join(project, 'dist/bin/refstore.js');
const web =
  'registry.example.com/shop/web@sha256:03e02018499dcf4ed0278e25c87ff6589c33c339fb4e573d4ed5a1169d8850a9';

/** What is said, what is run, and the exit status that it must have. */
const steps = [
  [
    'Three images were copied to a host without network. The digests by which they were pulled stayed behind.',
    ['ls'],
    0,
  ],
  ['Somebody has put one back by hand, under a name that Docker never looks up.', ['check'], 1],
  ['What the connected host has and this one lacks:', ['diff', 'disk', 'connected-host.json'], 1],
  ['That is a patch. It came along with the images:', ['patch', 'restore-digests.json', '--yes'], 0],
  ['Docker now finds the image by its digest, without asking a registry.', ['resolve', web], 0],
  ['Nothing is missing any more, and nothing is odd.', ['diff', 'disk', 'connected-host.json'], 0],
  [undefined, ['check'], 0],
  ['The file as it was is kept: refstore rollback ID puts it back.', ['backups'], 0],
];

const folder = mkdtempSync(join(tmpdir(), 'refstore-demo-'));
process.exitCode = 1;
try {
  cpSync(join(project, 'fixtures/sample'), folder, { recursive: true });
  // git does not keep the mode that the daemon gives this file.
  chmodSync(join(folder, 'docker/image/overlay2/repositories.json'), 0o600);
  if (steps.every(runStep)) process.exitCode = 0;
} finally {
  rmSync(folder, { recursive: true });
}

/** Shows the command, then its output; the output goes where ours goes, colours and all. */
function runStep([text, args, expected]) {
  const line = ['--data-root', 'docker', ...args];
  if (text !== undefined) process.stdout.write(`\n# ${text}\n`);
  process.stdout.write(`$ refstore ${line.join(' ')}\n`);
  const { status, error } = spawnSync(process.execPath, [refstore, ...line], {
    cwd: folder,
    stdio: ['ignore', 1, 1],
  });
  if (error !== undefined) throw error;
  if (status === expected) return true;
  process.stderr.write(`The demo stops: exit status ${status}, and ${expected} was expected.\n`);
  return false;
}
