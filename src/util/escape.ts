const maxLength = 200;

/**
 * Characters that make a terminal do something, or make text look like other text: C0 and C1 controls, DEL,
 * line and paragraph separators, bidirectional controls, zero-width characters, lone surrogates.
 */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}/gu;

/**
 * Text from a file, a daemon or a user, made safe to print: what is unsafe becomes `\u001b` and the like. Of a JSON
 * text it stays a spelling; JSON itself escapes only what is below U+0020.
 */
export function escapeText(text: string): string {
  return text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** In quotes, cut where it is very long. */
export function quoted(text: string): string {
  return escapeText(JSON.stringify(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text));
}

/** A reference for a message: as it is where that can be read, quoted where it cannot. */
export function shownReference(reference: string): string {
  return reference.length <= maxLength && /^[\x21-\x7e]+$/.test(reference) ? reference : quoted(reference);
}
