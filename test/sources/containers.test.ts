import { expect, test } from 'vitest';
import type { Container } from '../../src/dataroot/containers.ts';
import { claimsOfContainers } from '../../src/sources/containers.ts';

const imageId = `sha256:4d87d2244e11${'0'.repeat(52)}`;
const digest = `sha256:${'d'.repeat(64)}`;

function container(image: string, more: Partial<Container> = {}): Container {
  return { id: 'f'.repeat(64), name: 'web', image, imageId, running: false, created: undefined, ...more };
}

test.each([
  ['alpine', 'alpine:latest'],
  ['alpine:3.20', 'alpine:3.20'],
  ['docker.io/library/alpine:3.20', 'alpine:3.20'],
  ['registry.example.com:5000/a/b', 'registry.example.com:5000/a/b:latest'],
  [`alpine@${digest}`, `alpine@${digest}`],
  // The daemon looks such a reference up by its digest alone.
  [`alpine:3.20@${digest}`, `alpine@${digest}`],
])('%s claims %s', (typed, reference) => {
  expect(claimsOfContainers([container(typed)])).toEqual([
    { reference, imageId, source: 'containers:', proof: 'container', detail: 'container web' },
  ]);
});

test.each([imageId, imageId.slice(7), '4d87d2244e11', '4d', 'sha256:4d87', '', 'Not A Reference', '\u0000'])(
  '%j is an image ID, the beginning of one, or nothing: no claim',
  (typed) => {
    expect(claimsOfContainers([container(typed)])).toEqual([]);
  },
);

test('an image ID that is none claims nothing', () => {
  expect(
    claimsOfContainers([container('alpine', { imageId: '' }), container('a', { imageId: 'x' })]),
  ).toEqual([]);
});

test('two containers of one image give one claim, of two images two', () => {
  const other = `sha256:${'e'.repeat(64)}`;
  const claims = claimsOfContainers([
    container('alpine', { name: '', created: '2026-01-02T03:04:05Z' }),
    container('alpine:latest'),
    container('alpine', { imageId: other, name: 'db' }),
  ]);
  expect(claims.map((claim) => [claim.imageId, claim.detail])).toEqual([
    [imageId, 'container ffffffffffff of 2026-01-02T03:04:05Z'],
    [other, 'container db'],
  ]);
});
