import { maxPathLength, plainlyFamiliarPattern } from './grammar.ts';
import { tryParseNormalizedNamed } from './parse.ts';
import { familiarString } from './reference.ts';

/** Whether a text is the familiar form of a name that reads back to it, without tag and digest. */
export function isFamiliarName(text: string): boolean {
  if (text.length <= maxPathLength && plainlyFamiliarPattern.test(text)) return true;
  const name = tryParseNormalizedNamed(text);
  return (
    name !== undefined && name.tag === undefined && name.digest === undefined && familiarString(name) === text
  );
}
