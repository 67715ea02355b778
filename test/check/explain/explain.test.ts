import { describe, expect, onTestFinished, test } from 'vitest';
import { explain, logLines } from '../../../src/check/explain/explain.ts';

const start = (cause: string) =>
  `failed to start daemon: Couldn't create reference store repository: ${cause}`;
const digest = `sha256:${'1'.repeat(64)}`;

/** What engines 20.10.24, 26.1.5 and 28.5.2 were seen to say, with the rule that is behind it. */
const observed: readonly (readonly [line: string, rule: string | undefined])[] = [
  [start('EOF'), 'file-empty'],
  [start('unexpected EOF'), 'file-cut'],
  ['failed to start daemon: unexpected EOF', 'file-cut'],
  ['level=fatal msg="Error starting daemon: unexpected end of JSON input"', 'file-cut'],
  [start("invalid character '\\x00' looking for beginning of value"), 'file-nul'],
  [start("invalid character '\\x00' in string literal"), 'file-nul'],
  [start("invalid character 'ï' looking for beginning of value"), 'file-encoding'],
  [start("invalid character '\\ufeff' looking for beginning of value"), 'file-encoding'],
  [start("invalid character 'ÿ' looking for beginning of value"), 'file-encoding'],
  [start("invalid character '\\xff' looking for beginning of value"), 'file-encoding'],
  [start("invalid character 's' looking for beginning of value"), 'file-foreign'],
  [start("invalid character '}' looking for beginning of object key string"), 'file-syntax'],
  [start("invalid character '\"' after object key:value pair"), 'file-syntax'],
  [start('json: cannot unmarshal array into Go value of type reference.store'), 'file-type'],
  [start('json: cannot unmarshal string into Go value of type reference.refStore'), 'file-type'],
  [
    start(
      'json: cannot unmarshal array into Go struct field store.Repositories of type map[string]reference.repository',
    ),
    'file-type',
  ],
  [
    start(
      'json: cannot unmarshal array into Go struct field .Repositories of type map[string]reference.repository',
    ),
    'file-type',
  ],
  [
    start(
      'json: cannot unmarshal number into Go struct field .Repositories.alpine.alpine:bad of type digest.Digest',
    ),
    'file-type',
  ],
  [start("invalid character '[' exceeded max depth"), 'file-too-deep'],
  [start('exceeded max depth'), 'file-too-deep'],
  [start('read /var/lib/docker/image/overlay2/repositories.json: is a directory'), 'not-a-file'],
  [start('cannot write to a symbolic link directly'), 'file-symlink'],
  ['Error response from daemon: cannot write to a symbolic link directly', 'file-symlink'],
  ['github.com/docker/docker/reference.(*store).reload(0xc0007f6640)', 'file-null'],
  ['github.com/docker/docker/reference.(*refStore).reload(0xc0007f6640)', 'file-null'],
  ['http: panic serving @: assignment to entry in nil map', 'map-null'],
  ['http: panic serving @: no \':\' separator in digest "foo"', 'image-id-malformed'],
  ['open /var/lib/docker/image/overlay2/.tmp-repositories.json123: operation not permitted', undefined],
  [`Cannot overwrite digest ${digest}`, undefined],
  [`cannot overwrite digest ${digest}`, undefined],
  [
    `level=error msg="Image ID for digest ${digest} changed from ${digest} to ${digest}, cannot update"`,
    'ghost-digest',
  ],
  ['refusing to create a tag with a digest reference', undefined],
  ['cannot import digest reference', undefined],
  ['refusing to create an ambiguous tag using digest algorithm as name', 'name-sha256'],
  ['tag a:1 is already set to image sha256:1, use the force option to replace it', undefined],
  [
    'conflict: unable to delete 4d87d2244e11 (must be forced) - image is referenced in multiple repositories',
    undefined,
  ],
  ['no such image: x: No such image: x', undefined],
  ['Error response from daemon: No such image: alpine:nc', undefined],
  ['[graphdriver] using prior storage driver: overlay2', 'several-stores'],
  ['open /var/lib/docker/tmp/docker-import-1234/blobs/json: no such file or directory', undefined],
  ['writing manifest: Unsupported manifest type, need a Docker schema 2 manifest', undefined],
  ['client version 1.22 is too old. Minimum supported API version is 1.24', undefined],
  ['io: read/write on closed pipe', undefined],
  ['error pulling image configuration: download failed after attempts=1: unknown blob', undefined],
  [`manifest for a@${digest} not found: manifest unknown: manifest unknown`, undefined],
  ['Get "http://127.0.0.1:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused', undefined],
  [
    'Manifest list must be converted to type "x" .. but we cannot modify it: "Instructed to preserve digests"',
    undefined,
  ],
  ['invalid reference format: repository name must be lowercase', undefined],
  ['invalid reference format: repository name (library/Bad Name) must be lowercase', undefined],
  ['unsupported digest algorithm', undefined],
  ['invalid reference format', undefined],
  ['Warning: Stopping docker.service, but it can still be activated by:\n  docker.socket', undefined],
  ['docker.service: Failed with result start-limit-hit', undefined],
  // Go 1.27, with which 28.5.2 of Debian is built.
  [start("invalid escape sequence '\\q' in string"), 'file-syntax'],
  [
    start(
      `json: cannot unmarshal number into Go struct field .Repositories.a.${'k'.repeat(5000)} of type digest.Digest`,
    ),
    'file-type',
  ],
  [
    `level=error msg="not restoring image" chainID="${digest}" err="layer does not exist" os=linux`,
    'image-layers-missing',
  ],
  [
    `level=error msg="invalid image" digest="${digest}" err="failed to verify: ${digest}"`,
    'image-config-damaged',
  ],
  [
    'failed to start daemon: mkdir /var/lib/docker/image/overlay2/distribution: not a directory',
    'folder-blocked',
  ],
  [
    'failed to start daemon: open /var/lib/docker/image/overlay2/layerdb/mounts: not a directory',
    'folder-blocked',
  ],
  ['failed to start daemon: mkdir /var/lib/docker/containers: not a directory', 'folder-blocked'],
  [
    'failed to start daemon: failed to dial "/run/docker/containerd/containerd.sock": unknown service containerd.services.namespaces.v1.Namespaces: not implemented',
    'containerd-metadata-damaged',
  ],
  [
    'docker: Error response from daemon: Unimplemented: unknown service containerd.services.leases.v1.Leases',
    'containerd-metadata-damaged',
  ],
  [
    `invalid output path: stat /var/lib/docker/overlay2/${'1'.repeat(64)}: no such file or directory`,
    'layer-data-missing',
  ],
  [
    `open /var/lib/docker/overlay2/${'1'.repeat(64)}/committed: no such file or directory`,
    'layer-data-missing',
  ],
  [`open /var/lib/docker/overlay2/${'1'.repeat(64)}/link: no such file or directory`, 'layer-data-missing'],
  ['[graphdriver] prior storage driver overlay2 failed: driver not supported', 'several-stores'],
  ['Not migrating to containerd snapshotter because still have 3 images', undefined],
  ['Images not migrated because images already exist in containerd', undefined],
  [
    'Failed to migrate images to containerd, images in graph driver "overlay2" are no longer visible',
    undefined,
  ],
];

/** What users quoted in public threads. */
const quoted: readonly (readonly [line: string, rule: string | undefined])[] = [
  ["Couldn't create reference store repository: EOF", 'file-empty'],
  [
    "Couldn't create reference store repository: invalid character 's' looking for beginning of value",
    'file-foreign',
  ],
  ["Couldn't create Tag store: unexpected end of JSON input", 'file-cut'],
  ["Couldn't create Tag store repositories-aufs: EOF", 'file-empty'],
  ["Unable to find image 'busybox@sha256:abc' locally", undefined],
  ['reference does not exist', undefined],
  ['Manifest does not match provided manifest digest', undefined],
  ['DIGEST_INVALID: provided digest did not match uploaded content', undefined],
  ['error calling index: index .RepoDigests 0: index out of range', undefined],
  ['layer does not exist', 'image-layers-missing'],
  ['Status: Image is up to date for alpine:3.18', undefined],
  ['unrecognized image ID 4d87d2244e11', 'image-config-damaged'],
  [`failed to export image: content digest ${digest}: not found`, undefined],
  ['Error response from daemon: RWLayer of container 4d87d2244e11 is unexpectedly nil', undefined],
  ['Error response from daemon: file integrity checksum failed for "etc/passwd"', undefined],
  ['failed to register layer: Error processing tar file(exit status 1): unexpected EOF', undefined],
  ['the container was created with another storage driver', 'several-stores'],
  ['Error response from daemon: graphdriver aufs is not registered', 'several-stores'],
  [
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
    undefined,
  ],
];

describe.each([
  ['engines', observed],
  ['users', quoted],
])('what %s said', (_, lines) => {
  test.each(lines)('%s', (line, rule) => {
    const explanation = explain(line);
    expect(explanation?.rule).toBe(rule);
    expect(explanation?.says).toMatch(/\.\)?$/);
    expect(explanation?.advice.length).toBeGreaterThan(0);
  });
});

test("other files' and other programs' troubles are not taken for the store's", () => {
  const config =
    "unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid character '}'";
  expect(explain(config)).toMatchObject({
    rule: undefined,
    says: expect.stringContaining('configuration file'),
  });
  for (const text of [
    'failed to download layer: unexpected EOF',
    'the disk of my cat: unexpected EOF in gzip',
    'error: unexpected end of JSON input',
    'unexpected end of JSON input',
    'not json format',
    `${start('unexpected EOF')} in gzip`,
    // Of a registry or a proxy that answers with HTML, of any Go program, of TLS.
    "Error response from daemon: invalid character '<' looking for beginning of value",
    "invalid character '<' looking for beginning of value",
    "error parsing HTTP 403 response body: invalid character '<' looking for beginning of value",
    "kubelet: invalid character '\\x00' in string literal",
    'json: cannot unmarshal number into Go struct field Descriptor.digest of type string',
    'panic: runtime error: invalid memory address or nil pointer dereference',
    '[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x55d0c8a3f2a1]',
    'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'exceeded max depth',
  ]) {
    expect(explain(text)).toBeUndefined();
  }
});

test.each(['store', 'refStore'])('a crash at the start is known by its stack, (*%s).reload', (type) => {
  const stack = `goroutine 1 [running]:
github.com/docker/docker/reference.(*${type}).reload(0xc0007f6640)
\t/root/build-deb/engine/reference/store.go:334 +0x1f`;
  expect(explain(stack)?.rule).toBe('file-null');
  expect(explain(stack.replaceAll('\n', ' '))?.rule).toBe('file-null');
  const others = '\ngoroutine 22 [select]:\nmain.wait(...)'.repeat(2_000);
  expect(explain(`panic: crashed\n\n${stack}${others}`)?.rule).toBe('file-null');
});

test('a full disk is known wherever it shows', () => {
  const line = 'failed to register layer: write /usr/lib/x.so: no space left on device';
  expect(explain(line)).toMatchObject({ rule: undefined, says: expect.stringContaining('disk is full') });
});

test('a line is found within a log, and white space around it does no harm', () => {
  const log = `  Nov 22 03:45:01 host dockerd[1]: ${start('EOF')}\nNov 22 03:45:02 host systemd[1]: Stopped\n`;
  expect(explain(log)?.rule).toBe('file-empty');
  expect(explain(' ghost-tag\n')?.rule).toBe('ghost-tag');
});

test('nothing is said about what is not known', () => {
  for (const text of ['', 'hello', 'panic', 'EOF', 'toString', '__proto__'])
    expect(explain(text)).toBeUndefined();
});

test('every line is found by a pattern of its own', () => {
  const all = [...observed, ...quoted].map(([line]) => line);
  const idle = logLines.filter(({ says }) => !all.some((line) => explain(line)?.says === says));
  expect(idle.map(({ says }) => says)).toEqual([
    'The daemon cannot use its configuration file. The reference store is another file.',
    'Another daemon uses this data root, or is thought to.',
    'The daemon cannot read or write its reference store: the file system says no.',
    'The disk is full, or its inodes or a quota are used up.',
    'An image ID stands where a name is expected.',
  ]);
  expect(explain('error while opening volume store metadata database: timeout')?.says).toBe(idle[1]?.says);
  expect(explain(start('no space left on device'))?.says).toBe(idle[2]?.says);
  expect(
    explain(`invalid repository name (${'a'.repeat(64)}), cannot specify 64-byte hexadecimal strings`)?.says,
  ).toBe(idle[4]?.says);
});

test.each(['repositories', 'invalid character ', 'Get ', 'unable to delete ', 'a line\n'])(
  'of a text that repeats %j, only the ends are matched, however long it is',
  (word) => {
    let matched = 0;
    const original = RegExp.prototype.test;
    RegExp.prototype.test = function (text) {
      matched += text.length;
      return original.call(this, text);
    };
    onTestFinished(() => {
      RegExp.prototype.test = original;
    });
    const work = (times: number) => {
      matched = 0;
      explain(`first ${word.repeat(times)}last`);
      return matched;
    };
    const once = work(10_000);
    expect(once).toBeGreaterThan(0);
    expect(work(40_000)).toBeLessThan(2 * once);
  },
);
