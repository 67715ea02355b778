import { expect } from 'vitest';
import type { ContainerFacts, DigestProof } from '../../../src/facts/facts.ts';
import {
  digestA,
  digestB,
  file,
  ghost,
  good,
  host,
  imageA,
  imageB,
  store,
  tagged,
} from '../../support/facts.ts';
import type { RuleCases } from '../../support/rule-cases.ts';

const withDigest = (imageId: string, other = {}, facts = {}) =>
  host({ a: { 'a:1': imageA, [`a@${digestA}`]: imageId }, b: tagged.b }, other, facts);
const proof: DigestProof = {
  digest: digestA,
  imageIds: [imageA],
  complete: true,
  repositories: ['a'],
  source: 'content:',
};
const container: ContainerFacts = {
  id: 'c'.repeat(64),
  name: 'web',
  image: 'a:1',
  imageId: imageA,
  running: true,
};
const images = (entries: Record<string, object>) =>
  new Map(Object.entries(entries)) as ReadonlyMap<string, typeof good>;

export const dataRootCases = {
  'ghost-tag': {
    fires: [
      [
        host({ ...tagged, c: { 'c:1': ghost } }),
        { severity: 'error', fix: 'lossy', reference: 'c:1', imageId: ghost },
      ],
      [host({ ...tagged, x: { 'docker.io/c:1': ghost } }), { reference: 'docker.io/c:1' }],
    ],
    silent: [
      host(tagged),
      file(store({ c: { 'c:1': ghost } })),
      withDigest(ghost),
      host({ ...tagged, c: { c: ghost } }),
    ],
  },
  'ghost-digest': {
    fires: [[withDigest(ghost), { severity: 'error', fix: 'lossy', reference: `a@${digestA}` }]],
    silent: [
      withDigest(imageA),
      withDigest(imageA, { images: images({ [imageA]: { state: 'empty' }, [imageB]: good }) }),
    ],
  },
  'digest-wrong-image': {
    fires: [
      [
        withDigest(imageB, {}, { digestProofs: [proof] }),
        {
          severity: 'error',
          fix: 'proof',
          reference: `a@${digestA}`,
          args: { proven: [imageA], source: 'content:' },
        },
      ],
    ],
    silent: [
      withDigest(imageA, {}, { digestProofs: [proof] }),
      withDigest(imageB, {}, { digestProofs: [{ ...proof, complete: false }] }),
      withDigest(imageB, {}, { digestProofs: [{ ...proof, imageIds: [imageA, imageB] }] }),
      withDigest(imageB, {}, { digestProofs: [{ ...proof, digest: digestB }] }),
      withDigest(ghost, {}, { digestProofs: [proof] }),
    ],
  },
  'image-config-damaged': {
    fires: [
      [
        host(tagged, { images: images({ [imageA]: { state: 'hash-mismatch' }, [imageB]: good }) }),
        {
          severity: 'error',
          fix: 'none',
          imageId: imageA,
          args: { state: 'hash-mismatch', references: ['a:1'], containers: [] },
        },
      ],
      [host({}, { images: images({ [imageA]: { state: 'empty' } }) }), { severity: 'warning' }],
    ],
    silent: [
      host(tagged),
      host(tagged, { images: images({ [imageA]: { state: 'unexamined' }, [imageB]: good }) }),
    ],
  },
  'image-layers-missing': {
    fires: [
      [
        host(tagged, {
          images: images({
            [imageA]: { ...good, badLayers: [{ chainId: digestB, problem: 'empty' }] },
            [imageB]: good,
          }),
        }),
        { severity: 'error', args: { layers: [`${digestB} (empty)`], references: ['a:1'], containers: [] } },
      ],
    ],
    silent: [
      host(tagged),
      host(tagged, {
        images: images({
          [imageA]: { state: 'invalid', badLayers: [{ chainId: digestB, problem: 'missing' }] },
          [imageB]: good,
        }),
      }),
    ],
  },
  'layer-data-missing': {
    fires: [
      [
        host(tagged, {
          images: images({ [imageA]: { ...good, missingData: ['/d/overlay2/x'] }, [imageB]: good }),
        }),
        {
          severity: 'error',
          imageId: imageA,
          args: { paths: ['/d/overlay2/x'], references: ['a:1'], containers: [] },
        },
      ],
      [
        host(tagged, { layerDataUnread: { path: '/d/overlay2', reason: 'it is not there' } }),
        { severity: 'error', args: { path: '/d/overlay2', reason: 'it is not there' } },
      ],
    ],
    silent: [
      host(tagged),
      // The daemon does not list it: another rule says why.
      host(tagged, {
        images: images({ [imageA]: { state: 'invalid', missingData: ['/x'] }, [imageB]: good }),
      }),
      host({}, { images: new Map(), layerDataUnread: { path: '/d/overlay2', reason: 'it is not there' } }),
    ],
  },
  'folder-blocked': {
    fires: [
      [
        host(tagged, { blockedFolders: [{ path: '/d/containers', reason: 'it is a regular file' }] }),
        { severity: 'fatal', args: { path: '/d/containers', reason: 'it is a regular file' } },
      ],
    ],
    silent: [host(tagged)],
  },
  'image-untagged': {
    fires: [
      [
        host({ a: { [`a@${digestA}`]: imageA }, b: tagged.b }),
        { severity: 'warning', imageId: imageA, args: { references: [`a@${digestA}`] } },
      ],
    ],
    silent: [
      withDigest(imageA),
      host({ a: { [`a@${digestA}`]: imageA }, b: tagged.b }, { containers: [container] }),
      // A tag that nobody can ask for protects the image from a prune all the same.
      host({ a: { [`a@${digestA}`]: imageA, 'docker.io/a:1': imageA }, b: tagged.b }),
    ],
  },
  'image-unnamed': {
    fires: [
      [
        host({ a: tagged.a }),
        { severity: 'warning', fix: 'proof', imageId: imageB, args: { isUsed: false, containers: [] } },
      ],
      [
        host({ b: tagged.b }, { containers: [container] }),
        { severity: 'info', args: { isUsed: true, containers: ['web'] } },
      ],
      [
        host({ a: tagged.a, 'refstore-rescued': { 'refstore-rescued:bbbbbbbbbbbb': imageB } }),
        { severity: 'info', imageId: imageB, args: { isRescued: true } },
      ],
    ],
    silent: [
      host(tagged),
      host({ a: tagged.a }, { images: images({ [imageA]: { ...good, parent: imageB }, [imageB]: good }) }),
      host({ a: tagged.a }, { images: images({ [imageA]: good, [imageB]: { state: 'empty' } }) }),
    ],
  },
  'container-image-missing': {
    fires: [
      [
        host(tagged, { containers: [{ ...container, imageId: ghost }] }),
        { severity: 'warning', imageId: ghost, args: expect.objectContaining({ container: 'web' }) },
      ],
    ],
    silent: [host(tagged, { containers: [container] })],
  },
  'container-reference-lost': {
    fires: [
      [
        host(tagged, {
          containers: [
            { ...container, image: 'a:2' },
            { ...container, name: 'api', image: 'docker.io/library/a:2' },
          ],
        }),
        {
          severity: 'warning',
          fix: 'none',
          reference: 'a:2',
          imageId: imageA,
          args: { containers: ['web', 'api'], isUsed: true },
        },
      ],
      [
        host(tagged, { containers: [{ ...container, image: `a:1@${digestA}` }] }),
        { fix: 'proof', reference: `a@${digestA}` },
      ],
      [host({ b: tagged.b }, { containers: [container] }), { fix: 'proof', reference: 'a:1' }],
    ],
    silent: [
      host(tagged, { containers: [container] }),
      host(tagged, {
        containers: [
          { ...container, image: imageA },
          { ...container, image: 'aaaaaaaaaaaa' },
        ],
      }),
      // The tag was moved on: usual.
      host({ ...tagged, a: { 'a:1': imageB } }, { containers: [container] }),
      host(tagged, { containers: [{ ...container, image: 'a:2', imageId: ghost }] }),
    ],
  },
  'several-stores': {
    fires: [
      [
        host(tagged, { otherStores: [{ driver: 'vfs', file: '/x', size: 19, references: 0, images: 0 }] }),
        {
          severity: 'info',
          args: expect.objectContaining({ others: ['vfs: 0 references, 0 images'], isElsewhere: false }),
        },
      ],
      [
        host(
          {},
          {
            images: new Map(),
            otherStores: [{ driver: 'aufs', file: '/x', size: 99, references: 3, images: 1 }],
          },
        ),
        { severity: 'warning', args: expect.objectContaining({ isElsewhere: true }) },
      ],
      [
        host(tagged, { otherStores: [{ driver: 'btrfs', file: '/x', images: 1 }] }),
        { args: expect.objectContaining({ others: ['btrfs: no file, 1 image'] }) },
      ],
    ],
    silent: [host(tagged)],
  },
  'not-examined': {
    fires: [
      [
        host(tagged, { problems: [{ path: '/x', reason: 'a symbolic link' }] }),
        { severity: 'warning', args: { path: '/x', reason: 'a symbolic link' } },
      ],
    ],
    silent: [host(tagged)],
  },
} satisfies RuleCases;
