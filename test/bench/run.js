/**
 * The figures of the library, each measured in processes of its own: `npm run build && npm run bench`.
 * A figure is a ratio of two medians on this machine; the times are shown beside it.
 */
import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRefs } from '../support/make-refs.mjs';
import { makeDataRoot } from './make-data-root.js';
import { measure, median } from './measure.js';

const megabyte = 1e6;
const rounds = 11;
const devNull = openSync('/dev/null', 'w');
/** Without what a machine may add to every start of Node: more certificates alone double the time of `node -e 0`. */
const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...env } = process.env;
const refstore = join(import.meta.dirname, '../../dist/bin/refstore.js');

const folder = await mkdtemp(join(tmpdir(), 'refstore-bench-'));
try {
  await run();
  await runCommands();
} finally {
  await rm(folder, { recursive: true });
}

async function run() {
  const some = await file('100000.json', makeRefs(100_000));
  const others = await file('100000-others.json', makeRefs(100_000, 2));
  const moved = await file('100000-moved.json', moveOneInTen(makeRefs(100_000)));

  const jsonParse = repeat('json-parse', some);
  show('parse 100,000 references', repeat('parse', some), 'JSON.parse', jsonParse, 2.5);

  for (const [what, other] of [
    ['one in ten moved', moved],
    ['nothing in common', others],
  ]) {
    const results = rows('diff', some, other);
    const diff = median(results.map((result) => result.diff));
    const parses = median(results.map((result) => result.parse));
    show(`diff of two such, ${what}`, diff, 'parsing the two', parses, 1);
  }

  const stringify = repeat('json-stringify', some);
  show('apply 1,000 operations, serialise', repeat('patch', some), 'JSON.stringify', stringify, 2);

  const many = await file('1000000.json', makeRefs(1_000_000));
  const own = median(rows('nothing').map((result) => result.peak));
  const peak = median(rows('parse', many).map((result) => result.peak));
  const size = (await stat(many)).size;
  show('memory with 1,000,000 references, over Node', peak - own, 'the file', size, 4, megabyte, 'MB');
}

/** Whole commands, from the start of the process to its end. */
async function runCommands() {
  const few = await file('100.json', makeRefs(100));
  const [ls, node] = inTurns([refstore, 'ls', '--file', few], ['-e', '0']);
  show('refstore ls of 100 references', ls, 'node -e 0', node, 1.6);

  const some = await file('tagged.json', makeRefs(100_000));
  const image = `sha256:${'0'.repeat(64)}`;
  const edit = `.Repositories["bench/new"]={"bench/new:1":"${image}"}`;
  const rewritten = join(folder, 'jq.json');
  await copyFile(some, rewritten);
  if (spawnSync('jq', ['--version']).status === 0) {
    let tag = 0;
    const patch = () => [refstore, 'tag', '--yes', '--quiet', '--file', some, image, `bench/new:${tag++}`];
    const shell = ['sh', '-c', `jq -c '${edit}' "$0" >"$0.new" && mv "$0.new" "$0"`, rewritten];
    const [ours, jq] = medians([() => time(process.execPath, patch()), () => time(shell[0], shell.slice(1))]);
    show('refstore: one tag into 100,000 references, synced', ours, 'jq, unchecked and unsynced', jq, 1);
  } else
    console.log('refstore: one tag into 100,000 references: not measured, there is no jq to compare with');

  const root = join(folder, 'docker');
  const { configs } = makeDataRoot(root, 10_000, 1_000);
  const [check, sums] = medians([
    () => time(process.execPath, [refstore, 'check', '--data-root', root]),
    () => time('find', [configs, '-type', 'f', '-exec', 'sha256sum', '{}', '+']),
  ]);
  show('refstore check of 10,000 images', check, 'find, sha256sum of their configs', sums, 1.5);
}

function inTurns(...commands) {
  return medians(commands.map((args) => () => time(process.execPath, args)));
}

/** Each in turn, a round at a time, so that a machine that slows down slows all of them. */
function medians(runs) {
  const times = runs.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, one] of runs.entries()) {
      const taken = one();
      if (round > 0) times[index].push(taken);
    }
  }
  return times.map(median);
}

/** In milliseconds. A command that fails is no measurement. */
function time(program, args) {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, {
    env,
    stdio: ['ignore', devNull, 'pipe'],
    encoding: 'utf8',
  });
  const taken = performance.now() - start;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: status ${status}\n${stderr}`);
  return taken;
}

function repeat(task, ...files) {
  return median(rows(task, ...files).map((result) => result.time));
}

function rows(task, ...files) {
  return Array.from({ length: rounds }, () => measure(task, files));
}

async function file(name, text) {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** Every tenth image ID becomes another one. */
function moveOneInTen(text) {
  let n = 0;
  return text.replace(/":"sha256:(.)/g, (match, digit) =>
    n++ % 10 === 0 ? `":"sha256:${digit === '0' ? '1' : '0'}` : match,
  );
}

function show(what, value, yardstick, reference, limit, unit = 1, unitName = 'ms') {
  const ratio = value / reference;
  const amount = (number) => `${(number / unit).toFixed(1)} ${unitName}`;
  const match = ratio <= limit ? 'reached' : 'MISSED';
  console.log(
    `${what}: ${amount(value)}, ${yardstick}: ${amount(reference)}; ratio ${ratio.toFixed(2)}, at most ${limit}: ${match}`,
  );
}
