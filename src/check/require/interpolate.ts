/** A text with its variables put in, or the names of those that have no value. */
export type Interpolated = { readonly text: string } | { readonly undecidable: readonly string[] };

/** How deep defaults may stand within defaults. */
const maxDepth = 10;

const name = /^[A-Za-z_][A-Za-z0-9_]*/;

/**
 * Compose's variables: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}`,
 * `${NAME?message}`, `${NAME:+instead}`, `${NAME+instead}`, and `$$` for a dollar (compose-spec, 12-interpolation).
 */
export function interpolate(text: string, variables: Readonly<Record<string, string>> = {}): Interpolated {
  const missing = new Set<string>();
  const result = expand(text, variables, missing, 0);
  return missing.size === 0 ? { text: result } : { undecidable: [...missing] };
}

function expand(
  text: string,
  variables: Readonly<Record<string, string>>,
  missing: Set<string>,
  depth: number,
): string {
  let result = '';
  let at = 0;
  for (let dollar = text.indexOf('$'); dollar !== -1; dollar = text.indexOf('$', at)) {
    result += text.slice(at, dollar);
    const rest = text.slice(dollar + 1);
    if (rest.startsWith('$')) {
      result += '$';
      at = dollar + 2;
      continue;
    }
    const body = rest.startsWith('{') ? braced(rest) : undefined;
    const plain = name.exec(rest)?.[0];
    if (body !== undefined && depth < maxDepth) {
      result += substitute(body, variables, missing, depth);
      at = dollar + body.length + 3;
    } else if (plain !== undefined) {
      result += substitute(plain, variables, missing, depth);
      at = dollar + 1 + plain.length;
    } else {
      missing.add('$');
      at = dollar + 1;
    }
  }
  return result + text.slice(at);
}

/** What stands between the braces, inner braces included. */
function braced(text: string): string | undefined {
  let open = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') open++;
    if (text[i] === '}' && --open === 0) return text.slice(1, i);
  }
  return undefined;
}

function substitute(
  body: string,
  variables: Readonly<Record<string, string>>,
  missing: Set<string>,
  depth: number,
): string {
  const variable = name.exec(body)?.[0] ?? '';
  const [, colon = '', operator = '', word = ''] =
    /^(:?)([-?+]?)(.*)$/s.exec(body.slice(variable.length)) ?? [];
  const value = Object.hasOwn(variables, variable) ? variables[variable] : undefined;
  const isSet = colon === '' ? value !== undefined : value !== undefined && value !== '';
  if (operator === '+') return isSet ? expand(word, variables, missing, depth + 1) : '';
  if (isSet) return value ?? '';
  if (operator === '-') return expand(word, variables, missing, depth + 1);
  missing.add(variable === '' ? `{${body}}` : variable);
  return '';
}
