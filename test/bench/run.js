/**
 * The figures of the library, each measured in processes of its own: `npm run build && npm run bench`.
 * A figure is a ratio of two medians on this machine; the times are shown beside it.
 */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRefs } from '../support/make-refs.mjs';
import { measure, median } from './measure.js';

const megabyte = 1e6;
const rounds = 5;

const folder = await mkdtemp(join(tmpdir(), 'refstore-bench-'));
try {
  await run();
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
  const verdict = ratio <= limit ? 'reached' : 'MISSED';
  console.log(
    `${what}: ${amount(value)}, ${yardstick}: ${amount(reference)}; ratio ${ratio.toFixed(2)}, at most ${limit}: ${verdict}`,
  );
}
