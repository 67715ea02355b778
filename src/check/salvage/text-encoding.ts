/** The bytes as UTF-8 without a byte order mark, and how offsets in them lead back to the file. */
export interface PlainBytes {
  readonly bytes: Uint8Array;
  /** What stood in front, as a person names it; undefined for plain UTF-8. */
  readonly encoding: 'UTF-8 with a byte order mark' | 'UTF-16' | undefined;
  /** Offset in the file of an offset in `bytes`. Exact as long as the text is ASCII, as a store's is. */
  fileOffset(offset: number): number;
}

/** Takes a byte order mark off, and UTF-16 (with a mark, or plain by its NULs) to UTF-8. */
export function plainBytes(file: Uint8Array): PlainBytes {
  if (file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf) {
    return {
      bytes: file.subarray(3),
      encoding: 'UTF-8 with a byte order mark',
      fileOffset: (offset) => offset + 3,
    };
  }
  const utf16 = utf16Start(file);
  if (utf16 === undefined) return { bytes: file, encoding: undefined, fileOffset: (offset) => offset };
  const { start, littleEndian } = utf16;
  const text = new TextDecoder(littleEndian ? 'utf-16le' : 'utf-16be', { ignoreBOM: true }).decode(
    file.subarray(start),
  );
  return {
    bytes: new TextEncoder().encode(text),
    encoding: 'UTF-16',
    fileOffset: (offset) => Math.min(start + offset * 2, file.length),
  };
}

/** Where UTF-16 text begins: behind a mark, or at a `{` of two bytes. */
function utf16Start(file: Uint8Array): { start: number; littleEndian: boolean } | undefined {
  const [a, b] = file;
  if (a === 0xff && b === 0xfe) return { start: 2, littleEndian: true };
  if (a === 0xfe && b === 0xff) return { start: 2, littleEndian: false };
  const brace = 0x7b;
  if (a === brace && b === 0 && file[3] === 0 && file[2] !== 0) return { start: 0, littleEndian: true };
  if (a === 0 && b === brace && file[2] === 0 && file[3] !== 0) return { start: 0, littleEndian: false };
  return undefined;
}
