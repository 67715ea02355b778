import { writeFile } from 'node:fs/promises';
import { RefstoreError } from '../../errors.ts';

/**
 * Writes a document that the user asked for into a file of their choice.
 * @throws RefstoreError WRITE_FAILED
 */
export async function writeDocument(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new RefstoreError('WRITE_FAILED', `cannot write ${file}: ${(cause as Error).message}`, {
      details: { path: file },
      cause,
    });
  }
}
