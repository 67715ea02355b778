/**
 * Go sorts strings by their UTF-8 bytes, JavaScript by UTF-16 units. The two differ only where a surrogate
 * meets a unit from U+E000 on, so those two ranges change places.
 */
export function compareByteOrder(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let i = 0; i < shorter; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Where `wanted` stands in a list of `length` names in byte order, or -1 - (where it would have to be put). */
export function searchByteOrder(length: number, nameAt: (index: number) => string, wanted: string): number {
  let low = 0;
  let high = length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = compareByteOrder(nameAt(middle), wanted);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1 - low;
}
