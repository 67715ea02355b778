/** The error that the call throws, which must be of this class. */
export function errorFrom<T extends Error>(call: () => unknown, type: new (...parameters: never[]) => T): T {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  throw new Error(`no ${type.name} was thrown; the call gave ${String(result)}`);
}
