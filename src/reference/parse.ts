import { type Digest, digestProblem } from './digest.ts';
import { isDomain, maxPathLength, maxPatternLength, referencePattern } from './grammar.ts';
import { InvalidReferenceError } from './invalid-reference-error.ts';
import { favorDigest, type Reference } from './reference.ts';

const imageIdHex = /^[a-f0-9]{64}$/;

/**
 * Reads a reference as it stands, without Docker Hub's defaults (distribution/reference v0.6.0 reference.go, Parse).
 * Without a domain, `domain` is empty; `foo/bar` has the domain foo.
 * @throws InvalidReferenceError
 */
export function parseReference(text: string): Reference {
  const result = match(text);
  if (typeof result === 'string') throw new InvalidReferenceError(text, result);
  return result;
}

/**
 * Reads a reference as a user writes it: `alpine` is docker.io/library/alpine (distribution/reference v0.6.0
 * normalize.go, ParseNormalizedNamed).
 * @throws InvalidReferenceError
 */
export function parseNormalizedNamed(text: string): Reference {
  const result = normalize(text);
  if (typeof result === 'string') throw new InvalidReferenceError(text, result);
  return result;
}

/** parseNormalizedNamed for text that may be anything: undefined where it would throw. */
export function tryParseNormalizedNamed(text: string): Reference | undefined {
  const result = normalize(text);
  return typeof result === 'string' ? undefined : result;
}

/**
 * A reference, or a digest without a name: 64 hex digits and `<algorithm>:<hex>` are digests, all else is
 * normalised (distribution/reference v0.6.0 normalize.go, ParseAnyReference).
 * @throws InvalidReferenceError
 */
export function parseAnyReference(text: string): Reference | { readonly digest: Digest } {
  if (imageIdHex.test(text)) return { digest: `sha256:${text}` as Digest };
  if (digestProblem(text) === undefined) return { digest: text as Digest };
  return parseNormalizedNamed(text);
}

/**
 * As a user writes it, with one of tag and digest: a digest drops the tag, a bare name gets `:latest`
 * (distribution/reference v0.6.0 normalize.go, ParseDockerRef).
 * @throws InvalidReferenceError
 */
export function parseDockerRef(text: string): Reference {
  const reference = parseNormalizedNamed(text);
  return favorDigest(reference);
}

/** The reference, or Docker's words for what is wrong with it. */
function normalize(text: string): Reference | string {
  if (imageIdHex.test(text)) {
    return `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`;
  }
  const { domain, remainder } = splitDomain(text);
  const result = match(`${domain}/${remainder}`);
  if (typeof result !== 'string') return result;
  // What matches has no capitals in its name; of what does not, Docker says so first.
  const colon = remainder.indexOf(':');
  const name = colon === -1 ? remainder : remainder.slice(0, colon);
  if (goToLower(name) !== name) {
    const shown = name.length > maxPatternLength ? `${name.slice(0, maxPathLength)}…` : name;
    return `invalid reference format: repository name (${shown}) must be lowercase`;
  }
  return result;
}

/** Tells a host from a path on Docker Hub (distribution/reference v0.6.0 normalize.go, splitDockerDomain). */
function splitDomain(text: string): { domain: string; remainder: string } {
  const slash = text.indexOf('/');
  if (slash === -1) return { domain: 'docker.io', remainder: `library/${text}` };
  const first = text.slice(0, slash);
  const rest = text.slice(slash + 1);
  const isHost = first === 'localhost' || /[.:]/.test(first) || goToLower(first) !== first;
  let domain = 'docker.io';
  let remainder = text;
  if (first === 'index.docker.io') remainder = rest;
  else if (isHost) {
    domain = first;
    remainder = rest;
  }
  if (domain === 'docker.io' && !remainder.includes('/')) remainder = `library/${remainder}`;
  return { domain, remainder };
}

/** The parts, or Docker's error text (distribution/reference v0.6.0 reference.go, Parse). */
function match(text: string): Reference | string {
  if (text.length > maxPatternLength) return matchLong(text);
  const groups = referencePattern.exec(text);
  if (groups === null) {
    if (text === '') return 'repository name must have at least one component';
    return referencePattern.test(goToLower(text))
      ? 'repository name must be lowercase'
      : 'invalid reference format';
  }
  const [, domain = '', path = '', tag, digest] = groups;
  if (path.length > maxPathLength) {
    return `repository name must not be more than ${maxPathLength} characters`;
  }
  if (digest !== undefined) {
    const problem = digestProblem(digest);
    if (problem !== undefined) return problem;
  }
  const reference: { -readonly [Part in keyof Reference]: Reference[Part] } = { domain, path };
  if (tag !== undefined) reference.tag = tag;
  if (digest !== undefined) reference.digest = digest as Digest;
  return reference;
}

/** As `match`. What is this long is a reference only if its domain is; for all else one reason is given, not Docker's. */
function matchLong(text: string): Reference | string {
  const slash = text.indexOf('/');
  const domain = text.slice(0, Math.max(slash, 0));
  const rest = text.slice(slash + 1);
  if (rest.length > maxPathLength * 3 || !isDomain(domain)) return 'invalid reference format';
  const result = match(`a/${rest}`);
  return typeof result === 'string' ? result : { ...result, domain };
}

/** Go's strings.ToLower maps letter by letter, so İ (U+0130) becomes a plain i; JavaScript makes it two. */
function goToLower(text: string): string {
  return text.replaceAll('\u0130', 'i').toLowerCase();
}
