import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkFacts } from '../../src/check/check.ts';
import { LineIndex } from '../../src/check/line-index.ts';
import { placeAt } from '../../src/repositories/place.ts';
import { file, ghost, host, store, tagged } from '../support/facts.ts';

describe('a report', () => {
  const facts = host({ ...tagged, c: { 'c:1': ghost }, d: {} });

  test('has the worst first, counts, and the hash of what was checked', () => {
    const { findings, summary, sha256 } = checkFacts({
      ...facts,
      ...file(`${store({ d: {}, c: { c: ghost } })}x`),
    });
    expect(findings.map(({ severity }) => severity)).toEqual([
      'error',
      'warning',
      'warning',
      'warning',
      'info',
    ]);
    expect(summary).toEqual({ fatal: 0, error: 1, warning: 3, info: 1 });
    expect(sha256).toMatch(/^[a-f0-9]{64}$/);
  });

  test("has the severities that were asked for, a rule switched off, and says what a daemon's absence makes of it", () => {
    const changed = checkFacts(facts, { severities: { 'ghost-tag': 'info', 'empty-bucket': 'off' } });
    expect(changed.findings.map(({ rule, severity }) => [rule, severity])).toEqual([['ghost-tag', 'info']]);
    const containerd = { ...facts, imageStore: { kind: 'containerd', why: 'x' } } as const;
    const forced = checkFacts(containerd, { severities: { 'ghost-tag': 'fatal' } });
    expect(forced.findings.map(({ rule, severity }) => [rule, severity])).toEqual([
      ['ghost-tag', 'fatal'],
      ['containerd-image-store', 'warning'],
      ['empty-bucket', 'info'],
      ['unused-image-store', 'info'],
    ]);
  });

  test('of a healthy store is empty', () => {
    expect(checkFacts(host(tagged)).findings).toEqual([]);
  });
});

test('any bytes give a report', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('', '{"Repositories":{', '{"Repositories":{"a":{"'),
      (bytes, prefix) => {
        const text = Buffer.concat([Buffer.from(prefix), bytes]);
        const { findings } = checkFacts({ ...host({}), ...file(text) });
        for (const finding of findings) expect(finding.args).toBeTypeOf('object');
      },
    ),
    { numRuns: 300 },
  );
});

test('places are those that reading from the beginning gives', () => {
  const lines = fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 6 });
  fc.assert(
    fc.property(
      lines,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 }),
      (lengths, places) => {
        const bytes = Buffer.from(lengths.map((length) => 'x'.repeat(length)).join('\n'));
        const index = new LineIndex(bytes);
        for (const place of places) {
          const offset = Math.floor(place * bytes.length);
          expect(index.placeAt(offset)).toEqual(placeAt(bytes, offset));
        }
        expect(index.placeAt(bytes.length + 5)).toEqual(placeAt(bytes, bytes.length));
      },
    ),
    { numRuns: 100 },
  );
});
