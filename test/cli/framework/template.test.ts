import { expect, test } from 'vitest';
import { compileFilters, fitsPattern } from '../../../src/cli/framework/filter.ts';
import { compileTemplate } from '../../../src/cli/framework/template.ts';

const fields = {
  Name: (row: { name: string; size?: number }) => row.name,
  Size: (row: { name: string; size?: number }) => row.size,
};
const row = { name: 'alpine:3.20', size: 7 };

test.each([
  ['{{.Name}}', 'alpine:3.20'],
  ['{{ .Name }}\\t{{.Size}}', 'alpine:3.20\t7'],
  ['size={{json .Size}} {{json .Name}}', 'size=7 "alpine:3.20"'],
  ['json', '{"Name":"alpine:3.20","Size":7}'],
  ['{{json .}}', '{"Name":"alpine:3.20","Size":7}'],
])('the template %j makes %j', (template, line) => {
  expect(compileTemplate(template, fields)(row)).toBe(line);
});

test('a field that a row does not have is empty, or null as JSON', () => {
  expect(compileTemplate('[{{.Size}}] {{json .Size}}', fields)({ name: 'a' })).toBe('[] null');
});

test('what a row holds cannot drive a terminal, what the template holds may', () => {
  expect(compileTemplate('{{.Name}}\\n', fields)({ name: 'a\u001b[2J' })).toBe('a\\u001b[2J\n');
});

test.each(['{{.Other}}', '{{range .Name}}', '{{.Name', '{{upper .Name}}'])(
  '%s is refused with the fields there are',
  (template) => {
    expect(() => compileTemplate(template, fields)).toThrow(/--format does not know/);
  },
);

test('of several filters of one name one has to fit, of each name one', () => {
  const filters = {
    kind: (one: { kind: string; id: string }, value: string) => one.kind === value,
    id: (one: { kind: string; id: string }, value: string) => one.id.startsWith(value),
  };
  const fits = compileFilters(['kind=tag', 'kind=digest', 'id=a'], filters);
  expect(fits({ kind: 'tag', id: 'ab' })).toBe(true);
  expect(fits({ kind: 'digest', id: 'b' })).toBe(false);
  expect(fits({ kind: 'other', id: 'a' })).toBe(false);
  expect(() => compileFilters(['size=1'], filters)).toThrow(/--filter does not know "size=1"/);
  expect(() => compileFilters(['kind'], filters)).toThrow(/--filter does not know/);
});

test('a star in a pattern stands for anything but a slash', () => {
  expect(fitsPattern('registry.example.com/shop/web:1', 'registry.example.com/*/web:*')).toBe(true);
  expect(fitsPattern('registry.example.com/a/b/web:1', 'registry.example.com/*/web:*')).toBe(false);
  expect(fitsPattern('registry.example.com/a/b/web:1', '**/web:1')).toBe(true);
  expect(fitsPattern('a.c', 'a?c')).toBe(false);
  expect(fitsPattern('abc', 'a.c')).toBe(false);
});
