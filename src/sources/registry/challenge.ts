/** What a WWW-Authenticate header asks for (RFC 9110, 11.6.1). Names are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longer ones come from nobody who means it. */
const maxLength = 8192;
const token = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
const schemePattern = new RegExp(`[ ,]*(${token})(?= |,|$) *`, 'y');
const parameterPattern = new RegExp(`[ ,]*(${token}) *= *(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))`, 'y');

/** The challenges of a header, as far as they can be read. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  if (header.length > maxLength) return challenges;
  let position = 0;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = position;
    const found = pattern.exec(header);
    if (found !== null) position = pattern.lastIndex;
    return found;
  };
  for (let scheme = match(schemePattern); scheme !== null; scheme = match(schemePattern)) {
    const parameters = new Map<string, string>();
    for (let parameter = match(parameterPattern); parameter !== null; parameter = match(parameterPattern)) {
      const [, name = '', quoted, plain = ''] = parameter;
      parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain);
    }
    challenges.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters });
  }
  return challenges;
}
