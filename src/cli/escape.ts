/**
 * Characters that make a terminal do something, or make text look like other text: C0 and C1 controls, DEL,
 * line and paragraph separators, bidirectional controls, zero-width characters, lone surrogates.
 */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}/gu;

/** Text from a file, a daemon or a user, made safe to print: what is unsafe becomes `\u001b` and the like. */
export function escapeText(text: string): string {
  return text.replace(unsafe, unicodeEscape);
}

/** The same for a JSON text, of which it stays a spelling; JSON itself escapes only what is below U+0020. */
export function escapeJson(json: string): string {
  return escapeText(json);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
