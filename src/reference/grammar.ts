/**
 * Docker's reference grammar (distribution/reference v0.6.0, regexp.go):
 *
 *     reference := name [ ":" tag ] [ "@" digest ]
 *     name      := [ domain "/" ] path
 *     domain    := host [ ":" port ]
 *     host      := component ( "." component )* | "[" hex and colons "]"
 *     component := letter or digit, with hyphens inside
 *     path      := part ( "/" part )*
 *     part      := [a-z0-9]+ ( ( "." | "_" | "__" | "-"+ ) [a-z0-9]+ )*
 *     tag       := [A-Za-z0-9_] [A-Za-z0-9_.-]{0,127}
 *     digest    := algorithm ":" at least 32 hex digits
 *
 * Character classes are spelled out: `\w` and the flags i and u would let non-ASCII letters in.
 */

const component = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const host = `(?:${component}(?:\\.${component})*|\\[[a-fA-F0-9:]+\\])`;
const domain = `${host}(?::[0-9]+)?`;
const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const path = `${part}(?:/${part})*`;
const tag = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const algorithm = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*';
const digest = `${algorithm}:[0-9a-fA-F]{32,}`;

/** Groups: domain, path, tag, digest. */
export const referencePattern = new RegExp(`^(?:(${domain})/)?(${path})(?::(${tag}))?(?:@(${digest}))?$`);

/**
 * Names that need no parsing to know that they are in familiar form: their first part can only be a host, as it has a
 * dot or a colon, and is not that of Docker Hub, which familiar form leaves out.
 */
export const plainlyFamiliarPattern = new RegExp(
  `^(?=[^/]*[.:])(?!(?:index\\.)?docker\\.io/)${domain}/${path}$`,
);

/** The longest path, in bytes; the domain does not count (distribution/reference v0.6.0 reference.go). */
export const maxPathLength = 255;

/**
 * Text longer than this is not given to `referencePattern`, whose way back through some megabytes overflows the stack.
 * Only a domain may be that long: a path has at most 255 characters, a tag 128 and a digest 135.
 */
export const maxPatternLength = 4096;

/** Whether text of any length is a domain: each pattern looks for what must not be there, so it reads once. */
export function isDomain(text: string): boolean {
  const colon = text.lastIndexOf(':');
  const hasPort = colon > text.lastIndexOf(']');
  if (hasPort && (colon + 1 === text.length || /[^0-9]/.test(text.slice(colon + 1)))) return false;
  const name = hasPort ? text.slice(0, colon) : text;
  if (name.startsWith('[')) {
    return name.length > 2 && name.endsWith(']') && !/[^a-fA-F0-9:]/.test(name.slice(1, -1));
  }
  return name !== '' && !/[^a-zA-Z0-9.-]|^[.-]|[.-]$|\.[.-]|-\./.test(name);
}
