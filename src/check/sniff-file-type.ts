/** What bytes that are no store look like. Plain words, to be put into a sentence: "it looks like gzip data". */
export type SniffedType =
  | 'nothing'
  | 'white space'
  | 'NUL bytes'
  | 'gzip data'
  | 'zstd data'
  | 'xz data'
  | 'bzip2 data'
  | 'a zip archive'
  | 'a tar archive'
  | 'a Linux program (ELF)'
  | 'a PNG image'
  | 'a JPEG image'
  | 'a PDF document'
  | 'an SQLite database'
  | 'a bbolt database'
  | 'a systemd journal'
  | 'a squashfs image'
  | 'an ext4 directory block'
  | 'UTF-16 text'
  | 'a key or certificate (PEM)'
  | 'a script'
  | 'an HTML page'
  | 'an XML document'
  | 'a merge conflict'
  | "Python's or JavaScript's notation instead of JSON"
  | 'a container log'
  | 'a log'
  | 'JSON of something else'
  | 'a piece of a reference store'
  | 'an INI or unit file'
  | 'a YAML file'
  | 'a list of settings'
  | 'text'
  | 'binary data';

/** How much is looked at. */
const sample = 4096;

/** So many NUL bytes in front are not the beginning of anything. */
const run = 16;

/** Bytes at a place that give a kind of file away (file(1), magic). */
const magic: readonly (readonly [SniffedType, number, string])[] = [
  ['gzip data', 0, '\x1f\x8b'],
  ['zstd data', 0, '\x28\xb5\x2f\xfd'],
  ['xz data', 0, '\xfd7zXZ\0'],
  ['bzip2 data', 0, 'BZh'],
  ['a zip archive', 0, 'PK\x03\x04'],
  ['a tar archive', 257, 'ustar'],
  ['a Linux program (ELF)', 0, '\x7fELF'],
  ['a PNG image', 0, '\x89PNG\r\n'],
  ['a JPEG image', 0, '\xff\xd8\xff'],
  ['a PDF document', 0, '%PDF-'],
  ['an SQLite database', 0, 'SQLite format 3\0'],
  ['a bbolt database', 16, '\xed\xda\x0c\xed'],
  ['a systemd journal', 0, 'LPKSHHRH'],
  ['a squashfs image', 0, 'hsqs'],
  ['UTF-16 text', 0, '\xff\xfe'],
  ['UTF-16 text', 0, '\xfe\xff'],
];

/** Beginnings of text, white space in front not counted. */
const beginnings: readonly (readonly [SniffedType, RegExp])[] = [
  ['a key or certificate (PEM)', /^-----BEGIN /],
  ['a script', /^#!/],
  ['an HTML page', /^<(?:!doctype html|html|head|body)\b/i],
  ['an XML document', /^<(?:\?xml|!--|[a-z])/i],
  ['a merge conflict', /^<{7} /],
  ["Python's or JavaScript's notation instead of JSON", /^\{\s*(?:'|[A-Za-z_]+\s*:)/],
  ['a container log', /^\{"(?:log|stream)":"/],
  ['a piece of a reference store', /"sha256:[a-f0-9]{64}"/],
  ['an INI or unit file', /^(?:[#;][^\n]*\n\s*)*\[[A-Za-z][\w .-]*\]\s*(?:\n|$)/],
  ['JSON of something else', /^(?:\{\s*["}]|\[)/],
  [
    'a log',
    /^(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:|time="|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |level=|\[ *\d+\.\d{6}\])/,
  ],
  ['a list of settings', /^(?:[#;][^\n]*\n\s*)*(?:export )?[A-Za-z_][\w.-]*\s*=/],
  ['a YAML file', /^(?:---\s|(?:#[^\n]*\n\s*)*[A-Za-z_][\w.-]*:(?:\s|$))/],
];

/** Names what bytes look like, from the first 4096 of them. Never fails, never quotes them. */
export function sniffFileType(bytes: Uint8Array): SniffedType {
  const head = bytes.subarray(0, sample);
  if (head.length === 0) return 'nothing';
  if (head.subarray(0, run).every((byte) => byte === 0)) return 'NUL bytes';
  const binary = String.fromCharCode(...head);
  for (const [fileType, offset, mark] of magic) if (binary.startsWith(mark, offset)) return fileType;
  if (isExt4Directory(head)) return 'an ext4 directory block';
  const text = binary.replace(/^[\0\s]+/, '');
  if (text === '') return binary.includes('\0') ? 'NUL bytes' : 'white space';
  if (!isText(head)) return 'binary data';
  for (const [fileType, pattern] of beginnings) if (pattern.test(text)) return fileType;
  return 'text';
}

/**
 * The first word of a text of settings, which often tells which program it belongs to. Only letters, and only
 * where a separator follows, so that no value, and no secret, is ever quoted.
 */
export function firstWord(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 64)).trimStart();
  return /^[A-Za-z][A-Za-z_.-]{1,23}(?=[\s=:])/.exec(text)?.[0];
}

/** The entries . and .. with which every directory begins (ext4, linear or hashed). */
function isExt4Directory(bytes: Uint8Array): boolean {
  const mark = [12, 0, 1, 2, 0x2e, 0, 0, 0];
  return mark.every((byte, i) => bytes[4 + i] === byte) && bytes[20] === 0x2e && bytes[21] === 0x2e;
}

/** Fewer than one byte in 30 is a control character. */
function isText(bytes: Uint8Array): boolean {
  let control = 0;
  for (const byte of bytes) {
    if (byte === 0 || (byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte !== 0x1b) || byte === 0x7f)
      control++;
  }
  return control * 30 < bytes.length;
}
