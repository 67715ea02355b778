import { z } from 'zod';

export const journalSchema = 'docker-refstore/live-journal/v1';

const marks = z.object({
  mode: z.number().int(),
  uid: z.number().int(),
  gid: z.number().int(),
  atime: z.number(),
  mtime: z.number(),
});

/** A journal as it is read back: what it says is done to files of the host, so every part of it is checked. */
export const journalShape = z.object({
  schema: z.literal(journalSchema),
  id: z.string().regex(/^live-[0-9a-f]{16}$/),
  started: z.string(),
  process: z.object({ pid: z.number().int().positive(), startTime: z.string(), bootId: z.string() }),
  dataRoot: z.string().startsWith('/'),
  host: z.string(),
  daemonJson: z
    .object({
      file: z.string().startsWith('/'),
      before: z.string().nullable(),
      marks: marks.nullable(),
      madeFolder: z.boolean(),
      mirrorsBefore: z.array(z.string()),
      mirrorsMeanwhile: z.array(z.string()),
    })
    .optional(),
  hosts: z
    .object({ file: z.string().startsWith('/'), addition: z.string().includes('docker-refstore') })
    .optional(),
});
