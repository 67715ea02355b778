import { z } from 'zod';
import { digestLockSchemaName, oldLockSchemaName } from './digest-lock.ts';

/** The shape of a digest lock. read-digest-lock.ts proves what it claims. */
export const digestLockSchema = z.strictObject({
  schema: z.enum([digestLockSchemaName, oldLockSchemaName]),
  digests: z.array(
    z.strictObject({
      reference: z.string(),
      digest: z.string(),
      image: z.string(),
      platform: z.string().optional(),
      tags: z.array(z.string()).optional(),
    }),
  ),
  manifests: z.array(
    z.strictObject({ mediaType: z.string(), digest: z.string(), size: z.number(), data: z.string() }),
  ),
  configs: z.array(z.strictObject({ digest: z.string(), size: z.number(), data: z.string() })).optional(),
});

/** The first complaints about a document, each with its place: `digests[3].image: …`; none where it has its shape. */
export function digestLockProblems(value: unknown): string[] {
  const { error } = digestLockSchema.safeParse(value);
  return (error?.issues ?? []).slice(0, 5).map(({ path, message }) => {
    const place = path.reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text && '.'}${String(key)}`),
      '',
    );
    return `${place || 'the document'}: ${message}`;
  });
}
