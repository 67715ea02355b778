/** The letters that Go's strconv.Quote writes for control characters. */
const letters: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x27, "\\'"],
  [0x5c, '\\\\'],
]);

const noBreakSpace = 0xa0;
const softHyphen = 0xad;

/** A byte as Go's JSON errors print it: as the character of that number, quoted (encoding/json, quoteChar). */
export function goQuote(byte: number): string {
  const letter = letters.get(byte);
  if (letter !== undefined) return `'${letter}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${hex(byte, 2)}'`;
  const isPrintable = byte < 0x7f || (byte > noBreakSpace && byte !== softHyphen);
  return isPrintable ? `'${String.fromCharCode(byte)}'` : `'\\u${hex(byte, 4)}'`;
}

function hex(byte: number, digits: number): string {
  return byte.toString(16).padStart(digits, '0');
}
