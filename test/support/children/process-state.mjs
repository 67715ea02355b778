// Prints, as JSON, what this process is like before and after it runs the library, given as a file to import (ESM)
// or to require (a bin); and whether a handler of this process for a signal runs, once, and alone.
//
//   process-state.mjs LIBRARY FILE          imports LIBRARY, commits to the store of FILE
//   process-state.mjs BIN FILE ARGUMENTS…   requires BIN, which runs with these arguments
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';

const [program, file, ...rest] = process.argv.slice(2);
/** A counter of listeners, and what zod calls its own. */
const isOfNoInterest = /^(?:_eventsCount|__zod_.*)$/;
const functions = (object) =>
  new Map(Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)]));
const watched = { process, fs, promises: fs.promises, globalThis };
const events = [
  ...Object.keys(constants.signals),
  'exit',
  'beforeExit',
  'uncaughtException',
  'unhandledRejection',
];

function listeners() {
  return Object.fromEntries(events.map((event) => [event, process.listeners(event)]));
}

/** What the process does at each signal, as the kernel has it (proc(5)). */
function dispositions() {
  return fs
    .readFileSync('/proc/self/status', 'utf8')
    .match(/^Sig(?:Ign|Cgt):.*$/gm)
    .join(', ');
}

function state() {
  return {
    dispositions: dispositions(),
    listeners: listeners(),
    properties: Object.entries(watched).map(([name, object]) => [name, functions(object)]),
  };
}

/** Names of what is not the same. */
function differences(before, after) {
  const changed = events
    .filter((event) => {
      const [old, now] = [before.listeners[event], after.listeners[event]];
      return old.length !== now.length || old.some((listener, index) => listener !== now[index]);
    })
    .map((event) => `listeners of ${event}`);
  for (const [index, [name, old]] of before.properties.entries()) {
    const [, now] = after.properties[index];
    for (const key of new Set([...old.keys(), ...now.keys()])) {
      if (isOfNoInterest.test(String(key))) continue;
      const [a, b] = [old.get(key), now.get(key)];
      if (!Object.is(a?.value, b?.value) || a?.get !== b?.get) changed.push(`${name}.${String(key)}`);
    }
  }
  return changed;
}

let shutdowns = 0;
// As a service does that wants to close its connections, and then ends by itself.
process.once('SIGTERM', () => shutdowns++);
process.exitCode = 0;
// What Node loads at its first use is there before we look.
for (const object of Object.values(watched)) for (const key of Reflect.ownKeys(object)) void object[key];
const before = state();
if (rest.length === 0) {
  const { openStore } = await import(program);
  const store = await openStore({ file });
  await store.commit((snapshot) => ({
    schema: 'docker-refstore/patch/v1',
    operations: snapshot.repositories.size === 0 ? [] : [{ op: 'remove', reference: 'alpine:3.20' }],
  }));
} else {
  process.argv.splice(1, process.argv.length - 1, program, ...rest);
  createRequire(import.meta.url)(program);
  // The bin sets this at its beginning, and its status at its end.
  while (process.exitCode === 13) await turn();
  await turn();
}
const status = process.exitCode;
process.exitCode = 0;
const after = state();
const changed = differences(before, after);
const keepsDispositions = before.dispositions === after.dispositions;
process.kill(process.pid, 'SIGTERM');
// Signals are delivered through the event loop.
for (let turns = 0; turns < 1000 && shutdowns === 0; turns++) await turn();
fs.writeSync(1, `${JSON.stringify({ changed, keepsDispositions, status, shutdowns })}\n`);
