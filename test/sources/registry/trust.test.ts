import { expect, test } from 'vitest';
import { InsecureRegistries } from '../../../src/sources/registry/trust.ts';

const listed = new InsecureRegistries([
  'Registry.local:5000',
  'http://old.local/',
  '10.0.0.0/8',
  'fd00::/8',
  '1.2.3.4/99',
  'x/y',
]);

test.each([
  ['127.0.0.1', true],
  ['127.8.9.1:5000', true],
  ['localhost', true],
  ['localhost:5000', true],
  ['LOCALHOST:5000', true],
  ['[::1]:5000', true],
  ['registry.local:5000', true],
  ['old.local', true],
  ['10.1.2.3:80', true],
  ['[fd00::1]', true],
  ['registry.local', false],
  ['registry.local:5001', false],
  ['11.1.2.3', false],
  ['1.2.3.4', false],
  ['127.0.0.1.example.com', false],
  ['localhost.example.com', false],
  ['example.com', false],
])('%s: %s', (host, insecure) => {
  expect(listed.has(host)).toBe(insecure);
});
