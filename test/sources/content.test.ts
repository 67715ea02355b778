import { describe, expect, test } from 'vitest';
import { matchEvidence } from '../../src/sources/evidence/match-evidence.ts';
import { readLocalImages } from '../../src/sources/evidence/read-local-images.ts';
import { makeDigestLock } from '../../src/sources/lock/digest-lock.ts';
import { requestedDigestsOfStore } from '../../src/sources/lock/requested-digests.ts';
import { openEvidence } from '../support/evidence.ts';
import { healthySamples, locationIn, unpackSample } from '../support/sample.ts';

describe.each(healthySamples)('what the daemon of %s kept', (sample) => {
  test('is evidence: every pulled digest is there, and can be carried to another host', async () => {
    const location = locationIn(await unpackSample(sample));
    const content = openEvidence('content:');
    const evidence = await content.evidence({ location });
    const local = await readLocalImages({ location });
    const { claims, matches } = matchEvidence(evidence, local);
    expect(matches.map(({ outcome }) => outcome)).toEqual(Array(3).fill('already-there'));
    expect(claims).toEqual((await content.claims({ location })).claims);

    const { document, unproven } = makeDigestLock(requestedDigestsOfStore(local), [evidence]);
    expect(unproven).toEqual([]);
    expect(document.digests.map(({ reference }) => reference).sort()).toEqual(
      matches.map(({ reference }) => reference).sort(),
    );
    expect(document.manifests.length).toBeGreaterThanOrEqual(3);
    const { configs } = await content.evidence({ location, withConfigs: true });
    expect(new Set(configs?.keys())).toEqual(new Set(document.digests.map(({ image }) => image)));
  });
});
