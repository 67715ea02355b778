import pLimit from 'p-limit';

/** Does work for each item, at most `atOnce` of them at a time. The first failure is thrown; what has not begun then is left. */
export async function mapBounded<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const limit = pLimit(atOnce);
  try {
    await limit.map(items, work);
  } catch (error) {
    limit.clearQueue();
    throw error;
  }
}
