#!/usr/bin/env node
/**
 * Deterministic, realistic repositories.json of many references, in the bytes that the daemon writes: one line,
 * both levels in byte order (all keys are plain ASCII, so comparing with < gives that order). About one reference
 * in five is a name@digest, about three repositories in five have a registry host.
 *
 *     node make-refs.mjs COUNT [FILE] [SEED]
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const hosts = [
  'registry.example.com',
  'registry.example.com:5000',
  'ghcr.example.org',
  'quay.example.io',
  'localhost:5000',
  '10.20.30.40:32000',
  'eu-west.artifacts.example.net',
  'harbor.corp.example',
];
const teams = 'platform payments web data-eng ml_ops infra mobile search ci edge'.split(' ');
const words = (
  'api worker proxy cache builder runner gateway auth billing frontend ' +
  'scheduler metrics ingest report mailer crawler queue backup console agent'
).split(' ');
const tags = 'latest stable edge main nightly alpine slim'.split(' ');

/** A small 32-bit generator: a xorshift-multiply mix of a counter. */
function generator(seed) {
  let counter = (seed * 0x9e3779b9) >>> 0;
  const next = () => {
    counter = (counter + 0x6d2b79f5) >>> 0;
    let x = counter;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return (x ^ (x >>> 14)) >>> 0;
  };
  const below = (n) => next() % n;
  const pick = (list) => list[below(list.length)];
  const hex = () => next().toString(16).padStart(8, '0');
  const digest = () => `sha256:${Array.from({ length: 8 }, hex).join('')}`;
  return { below, pick, hex, digest };
}

function repositoryName({ below, pick }, n) {
  const roll = below(100);
  const leaf = `${pick(words)}-${pick(words)}${n}`;
  if (roll < 60) return `${pick(hosts)}/${pick(teams)}/${leaf}`;
  return roll < 90 ? `${pick(teams)}${below(50)}/${leaf}` : leaf;
}

function key({ below, pick, hex, digest }, name) {
  if (below(5) === 0) return `${name}@${digest()}`;
  const roll = below(100);
  if (roll < 25) return `${name}:${pick(tags)}`;
  if (roll < 70) return `${name}:v${below(5)}.${below(40)}.${below(100)}`;
  return `${name}:build-${hex()}`;
}

const ascending = (a, b) => (a < b ? -1 : 1);

/** The file as text. */
export function makeRefs(count, seed = 1) {
  const random = generator(seed);
  const sizes = new Map();
  for (let n = 0, left = count; left > 0; n++) {
    const name = repositoryName(random, n);
    const size = Math.min(left, 1 + random.below(19));
    sizes.set(name, size);
    left -= size;
  }
  const buckets = [];
  for (const name of [...sizes.keys()].sort(ascending)) {
    const keys = new Set();
    while (keys.size < sizes.get(name)) keys.add(key(random, name));
    const entries = [...keys].sort(ascending).map((one) => `"${one}":"${random.digest()}"`);
    buckets.push(`"${name}":{${entries.join(',')}}`);
  }
  return `{"Repositories":{${buckets.join(',')}}}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [count, file, seed] = process.argv.slice(2);
  if (!/^\d+$/.test(count ?? '') || !/^\d*$/.test(seed ?? '')) {
    process.stderr.write('usage: node make-refs.mjs COUNT [FILE] [SEED]\n');
    process.exitCode = 2;
  } else writeFileSync(file ?? 1, makeRefs(Number(count), Number(seed ?? 1)));
}
