import type { ReadFailure } from './read-failure.ts';

/** As deep as Go's encoding/json reads; what is deeper the daemon refuses too. */
const maxDepth = 10_000;

/** Parses JSON of unknown origin: the value, or why it is not JSON. The caller bounds its size. */
export function parseJson(bytes: Buffer): { readonly value: unknown } | ReadFailure {
  if (bytes.length > maxDepth && isDeeper(bytes))
    return { problem: 'unreadable', reason: 'it is nested too deeply' };
  try {
    return { value: JSON.parse(bytes.toString('utf8')) };
  } catch {
    return { problem: 'unreadable', reason: 'it is not JSON' };
  }
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The field's value if it is a string. */
export function stringField(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

/** The field's value if it is an object. */
export function fieldsField(fields: Fields, name: string): Fields | undefined {
  const value = fields[name];
  return isFields(value) ? value : undefined;
}

/** The objects among the elements of an array field; none where it is no array. */
export function listField(fields: Fields, name: string): readonly Fields[] {
  const value = fields[name];
  return Array.isArray(value) ? value.filter(isFields) : [];
}

const quote = 0x22;
const backslash = 0x5c;

function isDeeper(bytes: Uint8Array): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (inString) {
      if (byte === backslash) index++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > maxDepth) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}
