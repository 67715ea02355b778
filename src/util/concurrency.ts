import pLimit from 'p-limit';

/** Does work for each item, at most `concurrency` of them at a time. The first failure is thrown; what has not begun then is left. */
export async function forEachConcurrently<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const limit = pLimit(concurrency);
  try {
    await limit.map(items, work);
  } catch (error) {
    limit.clearQueue();
    throw error;
  }
}
