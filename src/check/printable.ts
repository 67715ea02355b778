/** Controls of both ranges, invisible and direction-changing characters, lone surrogates. */
const unsafe =
  /[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const longest = 300;

/** Text out of a file that anyone may have written, for a terminal: escaped as in JSON and cut to 300 characters. */
export function printable(text: string): string {
  const clipped = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return clipped.replace(
    unsafe,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
