import { expandable, unquote } from './quoted-words.ts';

/**
 * The variables of a file such as /etc/default/docker, as systemd (EnvironmentFile=, systemd.exec(5)) and a shell that
 * sources it read the simple lines: NAME=VALUE, in quotes or not, `export` before it, `#` and `;` before a comment.
 * A value that a shell would compute ($X, `…`) is undefined: it cannot be known here.
 */
export function parseEnvironmentFile(text: string): ReadonlyMap<string, string | undefined> {
  const variables = new Map<string, string | undefined>();
  for (const line of text.replaceAll('\\\n', '').split('\n')) {
    const [, name, value = ''] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)(?:\+)?=(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const isAppended = line.includes(`${name}+=`);
    variables.set(name, isAppended || expandable(value) ? undefined : unquote(value.trim()));
  }
  return variables;
}
