import { expect } from 'vitest';
import { digestA, file, imageA, imageB, store } from '../../support/facts.ts';
import type { RuleCases } from '../../support/rule-cases.ts';

const one = (repository: string, reference: string, imageId = imageA) =>
  file(store({ [repository]: { [reference]: imageId } }));
const both = (long: string) =>
  file(store({ alpine: { 'alpine:1': imageA }, 'docker.io/alpine': { 'docker.io/alpine:1': long } }));

export const entryCases = {
  'key-not-familiar': {
    fires: [
      [
        one('docker.io/library/alpine', 'docker.io/library/alpine:1'),
        {
          severity: 'error',
          fix: 'safe',
          repository: 'docker.io/library/alpine',
          reference: 'docker.io/library/alpine:1',
          imageId: imageA,
          at: { offset: 45, line: 1, column: 46 },
          args: { names: 'alpine:1', belongs: 'alpine', isTwice: false },
        },
      ],
      [
        one('alpine', `index.docker.io/library/alpine@${digestA}`),
        { args: expect.objectContaining({ belongs: 'alpine' }) },
      ],
      [both(imageA), { args: expect.objectContaining({ isTwice: true }) }],
    ],
    silent: [
      one('alpine', 'alpine:1'),
      one('quay.io/a/b', 'quay.io/a/b:1'),
      both(imageB),
      one('docker.io/alpine', 'docker.io/alpine:1', 'foo'),
    ],
  },
  'wrong-bucket': {
    fires: [
      [
        one('zzz', 'alpine:1'),
        { severity: 'error', fix: 'safe', args: { names: 'alpine:1', belongs: 'alpine', isTwice: false } },
      ],
    ],
    silent: [one('alpine', 'alpine:1'), one('alpine', 'docker.io/library/alpine:1'), one('zzz', 'alpine')],
  },
  'reference-conflict': {
    fires: [
      [
        both(imageB),
        {
          severity: 'error',
          fix: 'lossy',
          reference: 'docker.io/alpine:1',
          args: { names: 'alpine:1', images: [imageB, imageA], works: imageA },
        },
      ],
    ],
    silent: [both(imageA), one('docker.io/alpine', 'docker.io/alpine:1'), both('foo')],
  },
  'key-not-reversible': {
    fires: [[one('docker.io/foo.io/x', 'docker.io/foo.io/x:1'), { severity: 'error', fix: 'lossy' }]],
    silent: [one('foo.io/x', 'foo.io/x:1'), one('docker.io/foo/x', 'docker.io/foo/x:1')],
  },
  'key-without-tag': {
    fires: [
      [one('alpine', 'alpine'), { severity: 'error', fix: 'lossy' }],
      [one('alpine', '3.18'), { reference: '3.18' }],
    ],
    silent: [one('alpine', 'alpine:latest'), one('alpine', 'Alpine')],
  },
  'key-tag-and-digest': {
    fires: [[one('alpine', `alpine:1@${digestA}`), { severity: 'error', fix: 'lossy' }]],
    silent: [one('alpine', `alpine@${digestA}`)],
  },
  'key-unparsable': {
    fires: [
      [one('Alpine', 'Alpine:1'), { severity: 'error', fix: 'lossy' }],
      [one('busybox', `busybox:@${digestA}`), {}],
      [one('__proto__x', '__proto__:1'), {}],
    ],
    silent: [one('constructor', 'constructor:1'), one('1', '1:1'), one('Upper/x', 'Upper/x:1')],
  },
  'name-sha256': {
    fires: [
      [one('sha256', `sha256:${'a'.repeat(64)}`), { severity: 'warning', fix: 'lossy' }],
      [one('alpine', imageA), {}],
    ],
    silent: [one('sha512', 'sha512:1'), one('acme/sha256', 'acme/sha256:1')],
  },
  'empty-bucket': {
    fires: [
      [file(store({ a: {} })), { severity: 'info', fix: 'safe', repository: 'a', args: { isNull: false } }],
      [file(store({ a: null })), { args: { isNull: true } }],
    ],
    silent: [one('a', 'a:1'), file('{"Repositories":{}}')],
  },
  'image-id-malformed': {
    fires: [
      [one('a', 'a:1', 'foo'), { severity: 'error', fix: 'lossy', args: { crashes: true } }],
      [one('a', 'a:1', ''), { args: { crashes: true } }],
      [one('a', 'a:1', imageA.toUpperCase()), { args: { crashes: false } }],
      [one('docker.io/library/a', 'docker.io/library/a:1', 'foo'), {}],
    ],
    silent: [one('a', 'a:1'), one('a', 'a', 'foo')],
  },
} satisfies RuleCases;
