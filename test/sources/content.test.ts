import { describe, expect, test } from 'vitest';
import { readHere } from '../../src/sources/evidence/read-here.ts';
import { weighEvidence } from '../../src/sources/evidence/weigh.ts';
import { makeLock } from '../../src/sources/lock/lock-document.ts';
import { wishesOfStore } from '../../src/sources/lock/lock-wishes.ts';
import { openEvidence } from '../support/evidence.ts';
import { healthySamples, locationIn, unpackSample } from '../support/sample.ts';

describe.each(healthySamples)('what the daemon of %s kept', (sample) => {
  test('is evidence: every pulled digest is there, and can be carried to another host', async () => {
    const location = locationIn(await unpackSample(sample));
    const content = openEvidence('content:');
    const evidence = await content.evidence({ location });
    const here = await readHere({ location });
    const { claims, verdicts } = weighEvidence(evidence, here);
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(Array(3).fill('already-there'));
    expect(claims).toEqual((await content.claims({ location })).claims);

    const { document, unproven } = makeLock(wishesOfStore(here), [evidence]);
    expect(unproven).toEqual([]);
    expect(document.digests.map(({ reference }) => reference).sort()).toEqual(
      verdicts.map(({ reference }) => reference).sort(),
    );
    expect(document.manifests.length).toBeGreaterThanOrEqual(3);
    const { configs } = await content.evidence({ location, withConfigs: true });
    expect(new Set(configs?.keys())).toEqual(new Set(document.digests.map(({ image }) => image)));
  });
});
