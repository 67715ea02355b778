import { expect } from 'vitest';
import type { RequiredReference } from '../../../src/facts/facts.ts';
import { digestA, file, ghost, host, imageA, imageB, store, tagged } from '../../support/facts.ts';
import type { RuleCases } from '../../support/rule-cases.ts';

const required = (reference: string, other: Partial<RequiredReference> = {}) => ({
  required: [{ reference, source: 'pins.txt', line: 3, ...other }],
});
const containerd = { kind: 'containerd', why: 'daemon.json says so' } as const;
const live = (resolved: Map<string, string | undefined>) => ({
  serverVersion: '28.5.2',
  differences: [],
  resolved,
});

export const daemonAndRequiredCases = {
  'memory-differs': {
    fires: [
      [
        host(
          tagged,
          {},
          {
            live: {
              serverVersion: '28.5.2',
              differences: [{ op: 'move', repository: 'a', reference: 'a:1', from: imageA, image: imageB }],
            },
          },
        ),
        {
          severity: 'warning',
          fix: 'none',
          reference: 'a:1',
          imageId: imageB,
          args: { op: 'move', from: imageA },
        },
      ],
      [
        host(
          tagged,
          {},
          {
            live: {
              serverVersion: '28.5.2',
              differences: [{ op: 'remove', repository: 'a', reference: 'a:1', from: imageA }],
            },
          },
        ),
        { imageId: imageA, args: { op: 'remove' } },
      ],
    ],
    silent: [host(tagged, {}, { live: { serverVersion: '28.5.2', differences: [] } })],
  },
  'containerd-image-store': {
    fires: [
      [
        { ...file(''), imageStore: containerd },
        { severity: 'warning', args: { why: 'daemon.json says so' } },
      ],
    ],
    silent: [
      { ...file(''), imageStore: { kind: 'graphdriver', why: 'the daemon says so' } },
      { ...file(undefined, { kind: 'missing' }), imageStore: containerd },
    ],
  },
  'containerd-digest-unresolvable': {
    fires: [
      [
        {
          ...file(undefined, { kind: 'missing' }),
          imageStore: containerd,
          containerdRecords: [
            { reference: 'a:1', target: imageA },
            { reference: `a@${digestA}`, target: imageA },
          ],
        },
        { severity: 'error', fix: 'none', reference: `a@${digestA}`, imageId: imageA },
      ],
    ],
    silent: [
      {
        ...file(undefined, { kind: 'missing' }),
        imageStore: containerd,
        containerdRecords: [{ reference: `a@${digestA}`, target: digestA }],
      },
      { ...file(''), containerdRecords: [{ reference: `a@${digestA}`, target: imageA }] },
    ],
  },
  'containerd-image-incomplete': {
    fires: [
      [
        {
          ...file(undefined, { kind: 'missing' }),
          imageStore: containerd,
          containerdRecords: [{ reference: 'a:1', target: imageA, missing: 'layers' }],
        },
        { severity: 'error', reference: 'a:1', imageId: imageA, args: { missing: 'layers' } },
      ],
    ],
    silent: [
      {
        ...file(undefined, { kind: 'missing' }),
        imageStore: containerd,
        containerdRecords: [{ reference: 'a:1', target: imageA }],
      },
      { ...file(''), containerdRecords: [{ reference: 'a:1', target: imageA, missing: 'layers' }] },
    ],
  },
  'move-blocked': {
    fires: [
      [
        host(tagged, { driver: 'btrfs' }, { moveTo: { layerBytes: 0 } }),
        { severity: 'warning', args: { why: 'driver', driver: 'btrfs' } },
      ],
      [
        host(tagged, {}, { moveTo: { layerBytes: 7 } }),
        { severity: 'info', args: { why: 'threshold', bytes: 7 } },
      ],
      [
        host(
          tagged,
          {},
          { moveTo: { layerBytes: 0 }, containerdRecords: [{ reference: 'a:1', target: imageA }] },
        ),
        { args: { why: 'images', count: 1 } },
      ],
      [host(tagged, { path: '/d/1000.1000' }, { moveTo: { layerBytes: 0 } }), { args: { why: 'userns' } }],
    ],
    silent: [host(tagged), host(tagged, {}, { moveTo: { layerBytes: 0 }, imageStore: containerd })],
  },
  'move-digests': {
    fires: [
      [
        host({ a: { 'a:1': imageA, [`a@${digestA}`]: imageA } }, {}, { moveTo: { layerBytes: 7 } }),
        { severity: 'warning', args: { digests: [`a@${digestA}`], count: 1 } },
      ],
    ],
    silent: [
      host(tagged, {}, { moveTo: { layerBytes: 7 } }),
      host({ a: { 'a:1': imageA, [`a@${digestA}`]: imageA } }),
    ],
  },
  'unused-image-store': {
    fires: [
      [
        host(tagged, {}, { imageStore: containerd }),
        { severity: 'info', args: { store: 'overlay2', images: 2, containers: 0 } },
      ],
      [
        host(
          tagged,
          {},
          {
            imageStore: { kind: 'graphdriver', why: 'the daemon says so' },
            containerdRecords: [{ reference: 'a:1', target: imageA }],
          },
        ),
        { args: { store: 'containerd', images: 1, containers: 0 } },
      ],
    ],
    silent: [
      host(tagged, {}, { imageStore: { kind: 'graphdriver', why: 'the daemon says so' } }),
      host(tagged, {}, { containerdRecords: [{ reference: 'a:1', target: imageA }] }),
      { ...file(undefined, { kind: 'missing' }), imageStore: containerd },
    ],
  },
  'containerd-metadata-damaged': {
    fires: [
      [
        host(tagged, { containerdMetadata: { path: '/d/meta.db', reason: 'it is cut' } }),
        { severity: 'fatal', args: { path: '/d/meta.db', reason: 'it is cut' } },
      ],
      // Of a daemon with the containerd image store it is the database of the images themselves.
      [
        host(
          tagged,
          { containerdMetadata: { path: '/d/meta.db', reason: 'it is cut' } },
          { imageStore: containerd },
        ),
        { severity: 'fatal' },
      ],
    ],
    silent: [host(tagged)],
  },
  'required-unresolved': {
    fires: [
      [
        host(tagged, {}, required('c')),
        {
          severity: 'error',
          fix: 'proof',
          reference: 'c:latest',
          args: { source: 'pins.txt', line: 3, why: 'absent' },
        },
      ],
      [host(tagged, {}, required(`a:1@${digestA}`)), { reference: `a@${digestA}` }],
      [
        host({ ...tagged, c: { 'c:1': ghost } }, {}, required('c:1')),
        { imageId: ghost, args: expect.objectContaining({ why: 'image' }) },
      ],
      [
        host({ ...tagged, c: { 'c:1': 'foo' } }, {}, required('c:1')),
        { args: expect.objectContaining({ why: 'image-id' }) },
      ],
      [
        host(tagged, {}, { ...required('a:1'), live: live(new Map([['a:1', undefined]])) }),
        { args: expect.objectContaining({ why: 'daemon' }) },
      ],
      [
        {
          ...file(''),
          ...required('a:1'),
          imageStore: containerd,
          live: live(new Map([['a:1', undefined]])),
        },
        {},
      ],
      [host(tagged, {}, required(ghost.slice(7, 19))), { args: expect.objectContaining({ why: 'absent' }) }],
      [host(tagged, {}, required(ghost)), { args: expect.objectContaining({ why: 'image' }) }],
      [host({ ...tagged, 'docker.io/c': { 'docker.io/c:1': imageA } }, {}, required('c:1')), {}],
    ],
    silent: [
      host(tagged, {}, required('docker.io/library/a:1')),
      file(store(tagged), {}),
      { ...file(store(tagged)), ...required('a:1') },
      host(tagged, {}, required(imageA)),
      host(tagged, {}, required(imageA.slice(7, 19))),
      host(tagged, {}, required(imageA.slice(0, 19))),
      host(tagged, {}, required('c:1', { undecidable: ['TAG'] })),
      { ...file(''), ...required('a:1'), imageStore: containerd, live: live(new Map([['a:1', imageA]])) },
    ],
  },
  'required-undecidable': {
    fires: [
      [
        host(tagged, {}, required('a:$TAG', { undecidable: ['TAG'] })),
        { severity: 'warning', reference: 'a:$TAG', args: expect.objectContaining({ variables: ['TAG'] }) },
      ],
    ],
    silent: [host(tagged, {}, required('a:1'))],
  },
  'required-invalid': {
    fires: [
      [
        host(tagged, {}, required('App:1')),
        {
          severity: 'error',
          args: expect.objectContaining({ reason: expect.stringContaining('lowercase') }),
        },
      ],
    ],
    silent: [host(tagged, {}, required('App/x:1')), host(tagged, {}, required('a:1'))],
  },
} satisfies RuleCases;
