import type { Digest } from './digest.ts';

/** A parsed reference: `domain/path[:tag][@digest]`. Made by the parsers only, so its parts are valid. */
export interface Reference {
  /** Registry host, with its port if one was given; `docker.io` for Docker Hub. */
  readonly domain: string;
  /** Path of the repository on that registry, `library/` included. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const defaultDomain = 'docker.io';
const officialPrefix = 'library/';
const defaultTag = 'latest';

/** `docker.io/library/alpine`: the name without tag and digest. */
export function canonicalName(reference: Reference): string {
  return reference.domain === '' ? reference.path : `${reference.domain}/${reference.path}`;
}

/** `docker.io/library/alpine:3.20`: the whole reference, as distribution/reference's String() gives it. */
export function canonicalString(reference: Reference): string {
  return canonicalName(reference) + suffix(reference);
}

/**
 * `alpine`: the name as the docker CLI prints it and as the file's repositories are named (distribution/reference
 * v0.6.0 normalize.go, Familiar). Not always reversible: docker.io/foo.io/x becomes foo.io/x, which reads back as host foo.io.
 */
export function familiarName(reference: Reference): string {
  const { domain, path } = reference;
  if (domain !== defaultDomain) return canonicalName(reference);
  const official = path.startsWith(officialPrefix) && !path.includes('/', officialPrefix.length);
  return official ? path.slice(officialPrefix.length) : path;
}

/** `alpine:3.20`: as the docker CLI prints it and as the file's keys are written. */
export function familiarString(reference: Reference): string {
  return familiarName(reference) + suffix(reference);
}

/** Adds `:latest` to a reference with neither tag nor digest (distribution/reference v0.6.0 normalize.go). */
export function tagNameOnly(reference: Reference): Reference {
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  return { ...reference, tag: defaultTag };
}

/** Without its tag: the store looks up `name:tag@digest` by the digest alone (moby v28.5.2 reference/store.go, Get). */
export function withoutTag({ domain, path, digest }: Reference): Reference {
  return digest === undefined ? { domain, path } : { domain, path, digest };
}

/** The name alone. */
export function nameOnly({ domain, path }: Reference): Reference {
  return { domain, path };
}

function suffix({ tag, digest }: Reference): string {
  return (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}

/** A digest counts before a tag, and a name alone means `:latest` (moby v28.5.2 reference/store.go, Get: favorDigest, then TagNameOnly). */
export function favorDigest(reference: Reference): Reference {
  return reference.digest === undefined ? tagNameOnly(reference) : withoutTag(reference);
}
