import { expect } from 'vitest';
import { digestA, file, ghost, host, imageA, imageB, store, tagged } from '../../support/facts.ts';
import type { RuleCases } from '../../support/rule-cases.ts';

const healthy = store(tagged);
const cut = healthy.slice(0, -40);
const place = (offset: number) => ({ offset, line: 1, column: offset + 1 });

/** Files on which the daemon does not start. */
export const fatalFileCases = {
  'file-empty': {
    fires: [
      [file(''), { severity: 'fatal', fix: 'proof', at: place(0) }],
      [file(' \n'), { args: expect.objectContaining({ daemonMessage: 'EOF', size: 2 }) }],
    ],
    silent: [file('{}'), file('\0'), file(undefined, { kind: 'missing' })],
  },
  'file-cut': {
    fires: [
      [file(cut), { severity: 'fatal', args: expect.objectContaining({ whole: 1, torn: ['b:1'] }) }],
      [file('{'), { at: place(1) }],
    ],
    silent: [file(healthy), file('{"log":"x","stream":"std'), file('[1,2')],
  },
  'file-nul': {
    fires: [
      [file('\0\0\0\0'), { severity: 'fatal', args: expect.objectContaining({ fileType: 'NUL bytes' }) }],
      [file(`${healthy.slice(0, 50)}\0\0${healthy.slice(52)}`), { at: place(50) }],
    ],
    silent: [file(`${healthy}\0\0`), file('')],
  },
  'file-foreign': {
    fires: [
      [
        file('server.port=8080\n'),
        {
          severity: 'fatal',
          args: expect.objectContaining({ fileType: 'a list of settings', word: 'server.port' }),
        },
      ],
      [
        file(new Uint8Array([0x1f, 0x8b, 8, 0])),
        { args: expect.objectContaining({ fileType: 'gzip data' }) },
      ],
      [file('{"log":"x","stream":"std'), {}],
    ],
    silent: [file("{'Repositories': {}}"), file(healthy.replace('{"a:1"', '{;"a:1"')), file('{"other":1}')],
  },
  'file-encoding': {
    fires: [
      [
        file(`\ufeff${healthy}`),
        { severity: 'fatal', fix: 'safe', args: expect.objectContaining({ whole: 2 }) },
      ],
      [file(Buffer.from(`\ufeff${healthy}`, 'utf16le')), { args: expect.objectContaining({ whole: 2 }) }],
      [file(Buffer.from(healthy, 'utf16le').swap16()), { at: place(0) }],
    ],
    silent: [file(healthy), file('\0{}')],
  },
  'file-syntax': {
    fires: [
      [file(healthy.replace('},', '}')), { severity: 'fatal', args: expect.objectContaining({ whole: 2 }) }],
      [file("{'Repositories': {}}"), { at: place(1) }],
      [file(`<<<<<<< HEAD\n${healthy}`), { args: expect.objectContaining({ fileType: 'a merge conflict' }) }],
    ],
    silent: [file(cut), file('server.port=8080\n'), file(`${healthy},`)],
  },
  'file-type': {
    fires: [
      [file('[]'), { severity: 'fatal', at: place(0) }],
      [file(store({ a: 'text' })), { at: place(21) }],
      [file(store({ a: { 'a:1': 1 }, b: tagged.b })), { args: expect.objectContaining({ whole: 1 }) }],
    ],
    silent: [file(store({ a: null })), file(store({ a: { 'a:1': null } })), file('{"other":[1]}')],
  },
  'file-null': {
    fires: [[file('null'), { severity: 'fatal' }]],
    silent: [file('{"Repositories":null}'), file('nul')],
  },
  'file-too-deep': {
    fires: [[file(`{"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`), { severity: 'fatal' }]],
    silent: [file(`{"x":${'['.repeat(9_999)}${']'.repeat(9_999)}}`)],
  },
} satisfies RuleCases;

const twoBuckets = `{"Repositories":{"a":{"a:1":"${imageA}"},"a":{"a:2":"${imageA}"}}}`;
/** Files that the daemon reads. */
export const readFileCases = {
  'map-null': {
    fires: [[file('{"Repositories":null}'), { severity: 'error', at: place(1) }]],
    silent: [file('{"Repositories":{}}'), file('{}'), file('null')],
  },
  'trailing-bytes': {
    fires: [
      [
        file(`${healthy}x`),
        {
          severity: 'warning',
          fix: 'safe',
          at: place(healthy.length),
          args: { size: 1, fileType: 'text', entries: 0 },
        },
      ],
      [
        file(healthy + store({ a: { 'a:1': imageB } })),
        { args: expect.objectContaining({ entries: 1, references: ['a:1'] }) },
      ],
      [file(healthy + healthy), { args: expect.objectContaining({ entries: 0 }) }],
    ],
    silent: [file(`${healthy} \n`), file(`${cut}x`)],
  },
  'duplicate-field': {
    fires: [
      [
        file('{"Repositories":{},"repositories":{}}'),
        { severity: 'info', args: { name: 'repositories', times: 2 } },
      ],
    ],
    silent: [file('{"Repositories":{},"other":{},"other":{}}')],
  },
  'duplicate-bucket': {
    fires: [
      [file(twoBuckets), { severity: 'error', repository: 'a', args: { hides: 1, references: ['a:1'] } }],
      [file(twoBuckets.replace('a:2', 'a:1')), { severity: 'warning', args: { hides: 0, references: [] } }],
    ],
    silent: [file(healthy), file(`{"Repositories":{"a":null,"a":{}}}`)],
  },
  'duplicate-reference': {
    fires: [
      [
        file(`{"Repositories":{"a":{"a:1":"${imageA}","a:1":"${imageB}"}}}`),
        { severity: 'warning', reference: 'a:1', imageId: imageA, args: { used: imageB } },
      ],
      [file(`{"Repositories":{"a":{"a:1":"${imageA}","a:1":"${imageA}"}}}`), { severity: 'info' }],
    ],
    silent: [file(twoBuckets)],
  },
  'field-case': {
    fires: [[file('{"REPOſITORIES":{}}'), { severity: 'info', args: { name: 'REPOſITORIES' } }]],
    silent: [file(healthy), file('{"Repository":{}}')],
  },
  'unknown-field': {
    fires: [
      [file('{"note":1,"Repositories":{}}'), { severity: 'warning', args: { name: 'note', kind: 'number' } }],
    ],
    silent: [file('{"repositories":{}}')],
  },
  'invalid-utf8': {
    fires: [
      [file(Buffer.from('{"Repositories":{"\xff":{}}}', 'latin1')), { at: place(18), args: { bytes: 1 } }],
    ],
    silent: [file('{"Repositories":{"\ufffd":{}}}')],
  },
  'not-canonical': {
    fires: [
      [file(`${healthy}\n`), { severity: 'info', fix: 'safe' }],
      [file('{}'), {}],
      [file(store({ b: tagged.b, a: tagged.a })), {}],
    ],
    silent: [file(healthy), file(`${healthy}x`), file('{"repositories":{}}'), file(cut)],
  },
} satisfies RuleCases;

const link = { target: '/mnt/repositories.json', dangling: false };
/** The file in its folder. */
export const fileInFolderCases = {
  'file-missing': {
    fires: [
      [file(undefined, { kind: 'missing' }), { severity: 'error', fix: 'proof' }],
      [
        {
          ...host({}),
          ...file(undefined, {
            kind: 'missing',
            leftovers: [{ name: '.tmp-repositories.json1', size: 2 }],
          }),
        },
        { args: expect.objectContaining({ images: 2, leftovers: ['.tmp-repositories.json1'] }) },
      ],
    ],
    silent: [{ ...host({}, { images: new Map() }), ...file(undefined, { kind: 'missing' }) }, file('')],
  },
  'file-symlink': {
    fires: [[file(healthy, { kind: 'symlink', link }), { severity: 'error', fix: 'none' }]],
    silent: [file(healthy), file(undefined, { kind: 'symlink', link: { ...link, dangling: true } })],
  },
  'file-dangling-symlink': {
    fires: [[file(undefined, { kind: 'symlink', link: { ...link, dangling: true } }), { severity: 'fatal' }]],
    silent: [file(healthy, { kind: 'symlink', link })],
  },
  'not-a-file': {
    fires: [
      [
        file(undefined, { kind: 'directory' }),
        { severity: 'fatal', args: expect.objectContaining({ kind: 'directory' }) },
      ],
      [file(undefined, { kind: 'other' }), { severity: 'fatal' }],
    ],
    silent: [file(healthy), file(undefined, { kind: 'missing' })],
  },
  'file-mode': {
    fires: [
      [
        file(healthy, { mode: 0o644 }),
        { severity: 'info', args: expect.objectContaining({ mode: '0644', isWritable: false }) },
      ],
      [file(healthy, { mode: 0o620 }), { severity: 'warning' }],
      [file(healthy, { mode: 0 }), { args: expect.objectContaining({ mode: '0000' }) }],
    ],
    silent: [file(healthy), file(healthy, { kind: 'symlink', link, mode: 0o777 })],
  },
  'file-owner': {
    fires: [
      [
        file(healthy, { uid: 1000, gid: 1000 }),
        { severity: 'info', args: expect.objectContaining({ uid: 1000, wantedUid: 0 }) },
      ],
    ],
    silent: [file(healthy, { uid: 1000, folder: { uid: 1000, gid: 1000 } }), file(healthy)],
  },
  'leftover-temporary': {
    fires: [
      [
        file(healthy, { leftovers: [{ name: '.tmp-repositories.json77', size: 5 }] }),
        {
          severity: 'info',
          args: expect.objectContaining({
            path: '/var/lib/docker/image/overlay2/.tmp-repositories.json77',
          }),
        },
      ],
    ],
    silent: [file(healthy)],
  },
  'stale-lock': {
    fires: [
      [file(healthy, { lock: { path: '/x.lock', stale: true } }), { severity: 'info' }],
      [
        file(healthy, { lock: { path: '/x.lock', stale: false, obstacle: '/x.lock is a file' } }),
        { severity: 'warning', args: { path: '/x.lock', obstacle: '/x.lock is a file' } },
      ],
    ],
    silent: [file(healthy, { lock: { path: '/x.lock', stale: false, holder: 'pid 1' } })],
  },
} satisfies RuleCases;

const containerd = { imageStore: { kind: 'containerd', why: 'the daemon says so' } } as const;
/** What the same rules find where the daemon uses the containerd image store and does not read the file. */
export const unreadFileCases = {
  'file-cut': {
    fires: [[{ ...file(cut), ...containerd }, { severity: 'warning' }]],
    silent: [{ ...file(healthy), ...containerd }],
  },
  'ghost-digest': {
    fires: [
      [host({ a: { 'a:1': imageA, [`a@${digestA}`]: ghost } }, {}, containerd), { severity: 'warning' }],
    ],
    silent: [host(tagged, {}, containerd)],
  },
} satisfies RuleCases;
