import { z } from 'zod';
import { RefstoreError } from '../errors.ts';
import { quoted } from '../util/escape.ts';
import { JsonReader } from './json-reader.ts';
import { JsonSyntaxError } from './json-syntax-error.ts';
import { invalidPatch, operationProblem, type Patch, patchSchemaName } from './patch.ts';
import { placeAt } from './place.ts';

/** The longest patch that is read, in bytes: a million operations have about 250 MB. */
export const maxPatchSize = 400 * 1024 * 1024;

const image = z.string();
const operationSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('add'), reference: z.string(), image }),
  z.strictObject({ op: z.literal('move'), reference: z.string(), from: z.string().optional(), image }),
  z.strictObject({
    op: z.literal('remove'),
    reference: z.string(),
    from: z.string().optional(),
    repository: z.string().optional(),
  }),
]);

/** A patch document, its keys and image IDs checked too. */
export const patchSchema = z.strictObject({
  schema: z.literal(patchSchemaName),
  base: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
  operations: z.array(
    operationSchema.superRefine((operation, context) => {
      const problem = operationProblem(operation);
      if (problem === undefined) return;
      context.addIssue({ code: 'custom', path: [problem.field], message: problem.message });
    }),
  ),
});

/** How many brackets may be open at once: a patch has three. */
const maxDepth = 100;

/**
 * Reads a patch document. Its size and depth are bounded before anything is built from it.
 * @throws RefstoreError INVALID_PATCH, which says where and what: `operations[3].image is missing`
 * @throws RefstoreError LIMIT_EXCEEDED
 */
export function parsePatch(input: Uint8Array | string): Patch {
  if (input.length > maxPatchSize) {
    throw new RefstoreError(
      'LIMIT_EXCEEDED',
      `the patch has ${input.length} characters, more than ${maxPatchSize}`,
      { hint: 'split it', details: { size: input.length, limit: maxPatchSize } },
    );
  }
  const result = patchSchema.safeParse(parseJson(input), { reportInput: true });
  if (result.success) return result.data;
  throw invalidPatch(result.error.issues.map(sentence));
}

/** Some editors begin a file with it; TextDecoder leaves it out. */
const byteOrderMark = [0xef, 0xbb, 0xbf];

function parseJson(input: Uint8Array | string): unknown {
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  // JSON.parse recurses and builds as it reads: what it is given has been walked before.
  const mark = typeof input !== 'string' && byteOrderMark.every((byte, i) => bytes[i] === byte);
  const problem = jsonProblem(bytes.subarray(mark ? byteOrderMark.length : 0));
  if (problem !== undefined) throw invalidPatch([problem]);
  return JSON.parse(typeof input === 'string' ? input : new TextDecoder().decode(input));
}

/** Where the text stops being the JSON of a patch: the engine's own message has no stable place in it. */
function jsonProblem(bytes: Uint8Array): string | undefined {
  const reader = new JsonReader(bytes, 'the document', maxDepth);
  let problem = 'something follows the end of the document';
  try {
    reader.skipValue('the patch');
    reader.skipSpace();
    if (reader.position === bytes.length) return undefined;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    problem = error.reason;
  }
  const { line, column } = placeAt(bytes, reader.position);
  return `it is not JSON: line ${line}, column ${column}: ${problem}`;
}

/** One of zod's findings as a sentence that begins with the place. */
function sentence(issue: z.core.$ZodIssue): string {
  const place = issue.path.reduce<string>(
    (path, key) => (typeof key === 'number' ? `${path}[${key}]` : `${path}${path && '.'}${String(key)}`),
    '',
  );
  return `${place || 'the document'}${complaint(issue)}`;
}

function complaint(issue: z.core.$ZodIssue): string {
  const given = shown(issue.input);
  switch (issue.code) {
    case 'unrecognized_keys':
      return ` has a field that is unknown here: ${issue.keys.map(quoted).join(', ')}`;
    case 'invalid_type':
      if (issue.input === undefined) return ' is missing';
      return ` is ${given}, expected ${typeNames.get(issue.expected) ?? issue.expected}`;
    case 'invalid_value':
      if (issue.input === undefined) return ` is missing, expected ${issue.values.map(shown).join(' or ')}`;
      return ` is ${given}, expected ${issue.values.map(shown).join(' or ')}`;
    case 'invalid_union':
      return ` is ${shown(operationName(issue.input))}, expected add, move or remove`;
    case 'invalid_format':
      return ` is ${given}, expected 64 lower-case hex digits`;
    default:
      return `: ${issue.message}`;
  }
}

const typeNames: ReadonlyMap<string, string> = new Map([
  ['array', 'a list'],
  ['object', 'an object'],
  ['string', 'a string'],
]);

function operationName(operation: unknown): unknown {
  return typeof operation === 'object' && operation !== null && 'op' in operation ? operation.op : undefined;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (value === undefined) return 'missing';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}
