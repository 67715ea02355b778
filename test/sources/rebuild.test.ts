import { readFile, rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { checkFacts } from '../../src/check/check.ts';
import { planRepairDetailed } from '../../src/check/repair/plan.ts';
import { gatherFacts } from '../../src/dataroot/facts.ts';
import type { Claim } from '../../src/facts/claim.ts';
import { parseRepositories } from '../../src/repositories/parse.ts';
import type { Repositories } from '../../src/repositories/repositories.ts';
import { parseSource } from '../../src/sources/parse-source.ts';
import { healthySamples, locationIn, unpackSample } from '../support/sample.ts';

/** A sample, its file taken away. */
async function lose(sample: string) {
  const location = locationIn(await unpackSample(sample));
  const lost = parseRepositories(await readFile(location.file));
  await rm(location.file);
  return { location, lost };
}

function references(repositories: Repositories): Map<string, string> {
  return new Map([...repositories.entries()].map(({ reference, imageId }) => [reference, imageId]));
}

describe.each(healthySamples)('%s with its file deleted', (sample) => {
  test('content: gives every pulled digest, none that was not there, and no tag', async () => {
    const { location, lost } = await lose(sample);
    const { claims, problems } = await parseSource('content:').claims({ location });
    expect(problems).toEqual([]);
    const digests = [...references(lost)].filter(([reference]) => reference.includes('@'));
    expect(digests).toHaveLength(3);
    expect(claims.map(({ reference, imageId }) => [reference, imageId]).sort()).toEqual(digests.sort());
    expect(new Set(claims.map(({ proof }) => proof))).toEqual(new Set(['digest']));
  });

  test('containers: gives the tags and the digest that containers were created by', async () => {
    const { location, lost } = await lose(sample);
    const { claims } = await parseSource('containers:').claims({ location });
    expect(claims.map(({ reference }) => reference).sort()).toEqual([
      '127.0.0.1:5001/demo/app:1.1',
      '127.0.0.1:5001/library/alpine@sha256:c49d906cf72a53b89907b0d718fcce7598466eac4d49f022ac1bcc659b7ce266',
      'local/app:dev',
    ]);
    for (const { reference, imageId } of claims) expect(lost.find(reference)).toBe(imageId);
  });

  test('a repair brings back all that is proven, and nothing that was not there', async () => {
    const { location, lost } = await lose(sample);
    const report = checkFacts(await gatherFacts(location, { level: 'full' }));
    expect(report.findings.map(({ rule }) => rule)).toContain('file-missing');
    const claims: Claim[] = [];
    for (const spec of ['content:', 'containers:']) {
      claims.push(...(await parseSource(spec).claims({ location })).claims);
    }
    const { after, questions, unproven, absent } = planRepairDetailed(report, claims);
    expect({ questions, unproven, absent }).toEqual({ questions: [], unproven: [], absent: [] });
    const [was, is] = [references(lost), references(after)];
    for (const [reference, imageId] of is) expect(was.get(reference), reference).toBe(imageId);
    // No container was made by these tags, so nothing proves them.
    const notProven = ['127.0.0.1:5001/demo/multi:1', '127.0.0.1:5001/library/alpine:3.18'];
    expect([...was.keys()].filter((reference) => !is.has(reference))).toEqual(notProven);
  });
});
