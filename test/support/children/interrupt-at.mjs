// Runs a command line with --verbose, sends it a signal when it says that a stage has begun, and the same signal
// three times more; prints, as JSON, how it ended and what it left in its temporary folder.
//
//   interrupt-at.mjs STAGE SIGNAL PROGRAM ARGUMENTS…      its standard input goes to the program
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const [stage, signal, program, ...args] = process.argv.slice(2);
const temporary = mkdtempSync(join(tmpdir(), 'interrupt-at-'));
const child = spawn(program, args, {
  env: { ...process.env, TMPDIR: temporary },
  stdio: ['pipe', 'pipe', 'pipe'],
});
child.stdin.on('error', () => {});
child.stdin.end(readFileSync(0));

let stdout = '';
let stderr = '';
let sent = 0;

async function interrupt() {
  for (; sent < 4; sent++) {
    if (child.exitCode !== null || !child.kill(signal)) return;
    await pause(15);
  }
}

let isThere = false;
const isStage = new RegExp(`^${stage}$`, 'm');
child.stdout.on('data', (chunk) => {
  stdout += chunk;
});
child.stderr.on('data', (chunk) => {
  stderr += chunk;
  if (isThere || !isStage.test(stderr)) return;
  isThere = true;
  void interrupt();
});
child.on('close', (code, endedBy) => {
  // As a shell has it. A signal that comes when all is done, and Node has let go of our handlers, ends it by itself.
  const status = code ?? 128 + constants.signals[endedBy];
  const left = readdirSync(temporary);
  rmSync(temporary, { recursive: true });
  process.stdout.write(JSON.stringify({ isThere, status, stdout, stderr, left }));
});
