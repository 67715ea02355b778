import { expect, test } from 'vitest';
import { mayBeSamePlatform, platformOfConfig } from '../../src/oci/platform.ts';

test.each([
  ['{"os":"linux","architecture":"arm64","variant":"v8"}', 'linux/arm64/v8'],
  ['{"os":"linux","architecture":"amd64","variant":""}', 'linux/amd64'],
  ['{"os":"linux"}', undefined],
  ['{"os":"","architecture":"amd64"}', undefined],
  ['[]', undefined],
  ['not JSON', undefined],
])('%s is %s', (config, platform) => {
  expect(platformOfConfig(Buffer.from(config))).toBe(platform);
});

test.each([
  ['linux/amd64', 'linux/amd64', true],
  ['linux/arm64', 'linux/arm64/v8', true],
  ['linux/arm/v6', 'linux/arm/v7', false],
  ['linux/amd64', 'windows/amd64', false],
  ['linux/amd64', 'linux/arm64', false],
  ['linux/amd64', undefined, true],
])('%s and %s: %s', (left, right, same) => {
  expect(mayBeSamePlatform(left, right)).toBe(same);
  expect(mayBeSamePlatform(right, left)).toBe(same);
});
