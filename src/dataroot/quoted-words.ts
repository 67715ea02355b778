/** Whether a shell would compute something in this text. */
export function expandable(text: string): boolean {
  return /[$`]/.test(text.replaceAll(/'[^']*'/g, ''));
}

/** One value without the quotes around its parts: `"a b"`, `'a b'`, `a\ b`. What stands behind a `#` is a comment. */
export function unquote(text: string): string {
  return words(text, { isOne: true })[0] ?? '';
}

/** The words of a text, as systemd and a shell split it: at blanks that no quotes and no backslash protect. */
export function splitWords(text: string): string[] {
  return words(text, { isOne: false });
}

function words(text: string, { isOne }: { readonly isOne: boolean }): string[] {
  const found: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"' && at + 1 < text.length) word += text[++at] as string;
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\' && at + 1 < text.length) {
      word = (word ?? '') + (text[++at] as string);
    } else if (isOne && character === '#' && /\s/.test(text[at - 1] ?? ' ')) {
      break;
    } else if (/\s/.test(character) && !isOne) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  return word === undefined ? found : [...found, isOne ? word.trimEnd() : word];
}
