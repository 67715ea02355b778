/** Newest version of the Engine API whose answers this library knows. */
export const newestApiVersion = '1.51';

/** The lower of two versions `major.minor`. */
export function lowerVersion(a: string, b: string): string {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA < majorB || (majorA === majorB && minorA < minorB) ? a : b;
}
