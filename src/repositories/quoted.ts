const longest = 200;

/** What the file holds may be anything: without characters that move a terminal's cursor. */
export function printable(text: string): string {
  return text.replace(
    /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** In quotes, cut where it is very long. */
export function quoted(text: string): string {
  return printable(JSON.stringify(text.length > longest ? `${text.slice(0, longest)}…` : text));
}

/** A reference for a message: as it is where that can be read, quoted where it cannot. */
export function shownReference(reference: string): string {
  return reference.length <= longest && /^[\x21-\x7e]+$/.test(reference) ? reference : quoted(reference);
}
