/** One task in a process of its own. As a module it starts such a process; as a program it is one. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);

export function measure(task, files) {
  return JSON.parse(execFileSync(process.execPath, [self, task, ...files], { encoding: 'utf8' }));
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function timed(work) {
  const start = performance.now();
  const result = work();
  return { time: performance.now() - start, result };
}

/** A thousand operations all over the store: moves, removals and additions. */
function thousandOperations(repositories) {
  const image = `sha256:${'0123456789abcdef'.repeat(4)}`;
  const entries = [...repositories.entries()];
  const step = Math.floor(entries.length / 1000);
  const operations = Array.from({ length: 1000 }, (_, n) => {
    const { repository, reference, imageId } = entries[n * step];
    if (n % 3 === 0) return { op: 'add', reference: `${repository}@${image}`, image };
    if (n % 3 === 1) return { op: 'move', reference, from: imageId, image };
    return { op: 'remove', reference, from: imageId };
  });
  return { schema: 'docker-refstore/patch/v1', operations };
}

const tasks = {
  nothing: async () => ({}),
  'json-parse': async (file) => {
    const text = readFileSync(file, 'utf8');
    return { time: timed(() => JSON.parse(text)).time };
  },
  'json-stringify': async (file) => {
    const value = JSON.parse(readFileSync(file, 'utf8'));
    return { time: timed(() => JSON.stringify(value)).time };
  },
  parse: async (file) => {
    const { parseRepositories } = await library();
    const bytes = readFileSync(file);
    const { time, result } = timed(() => parseRepositories(bytes));
    return { time, size: result.size };
  },
  diff: async (before, after) => {
    const { parseRepositories, diffRepositories } = await library();
    const files = [readFileSync(before), readFileSync(after)];
    const { time: parse, result } = timed(() => files.map((bytes) => parseRepositories(bytes)));
    const { time: diff, result: changes } = timed(() => diffRepositories(result[0], result[1]));
    return { parse, diff, changes: changes.length };
  },
  patch: async (file) => {
    const { parseRepositories, applyPatch, serializeRepositories } = await library();
    const repositories = parseRepositories(readFileSync(file));
    const patch = thousandOperations(repositories);
    const { time } = timed(() => serializeRepositories(applyPatch(repositories, patch).repositories));
    return { time };
  },
};

function library() {
  return import('../../dist/repositories/index.js');
}

if (process.argv[1] === self) {
  const [task, ...files] = process.argv.slice(2);
  const result = await tasks[task](...files);
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ ...result, peak }));
}
