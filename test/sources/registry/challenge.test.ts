import { expect, test } from 'vitest';
import { parseChallenges } from '../../../src/sources/registry/challenge.ts';

test.each<[string, [string, Record<string, string>][]]>([
  ['', []],
  ['Basic', [['basic', {}]]],
  ['Basic realm="a b"', [['basic', { realm: 'a b' }]]],
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    [
      [
        'bearer',
        {
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:a/b:pull,push',
        },
      ],
    ],
  ],
  ['BEARER Realm=x , Service = "y"', [['bearer', { realm: 'x', service: 'y' }]]],
  ['Bearer realm="a\\"b\\\\c"', [['bearer', { realm: 'a"b\\c' }]]],
  [
    'Basic realm="a", Bearer realm="b",service="c", Negotiate',
    [
      ['basic', { realm: 'a' }],
      ['bearer', { realm: 'b', service: 'c' }],
      ['negotiate', {}],
    ],
  ],
  ['Bearer realm="open', [['bearer', {}]]],
  ['"""', []],
  [`Bearer ${'x="y",'.repeat(5000)}`, []],
])('%.60s', (header, expected) => {
  const found = parseChallenges(header).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters),
  ]);
  expect(found).toEqual(expected);
});
