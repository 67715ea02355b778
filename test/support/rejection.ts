import { RefstoreError } from '../../src/errors.ts';

/** The RefstoreError with which a promise is rejected; anything else fails the test. */
export async function rejection(promise: Promise<unknown>): Promise<RefstoreError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RefstoreError) return error;
    throw error;
  }
  throw new Error('the promise was fulfilled');
}
