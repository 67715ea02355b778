import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

/** Puts a function in the place of one of node:fs or node:fs/promises until the test is over. */
export function replaced<M extends object, K extends keyof M>(
  module: M,
  name: K,
  replacement: unknown,
): void {
  const original = module[name];
  // util.promisify looks at properties of the function.
  module[name] = Object.assign(replacement as object, original) as M[K];
  syncBuiltinESMExports();
  onTestFinished(() => {
    module[name] = original;
    syncBuiltinESMExports();
  });
}

/** Lets such a function fail the n-th time (from 1) that it is called. */
export function failing<M extends object, K extends keyof M>(
  module: M,
  name: K,
  error: Error,
  nth = 1,
): void {
  const original = module[name] as (...parameters: unknown[]) => unknown;
  let calls = 0;
  replaced(module, name, (...parameters: unknown[]) => {
    calls++;
    if (calls !== nth) return original(...parameters);
    if (name.toString().endsWith('Sync')) throw error;
    const last = parameters.at(-1);
    if (typeof last !== 'function') return Promise.reject(error);
    return void last(error);
  });
}

export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: as the test wants it`), { code });
}

/** Runs the work with the rights of a user who is not root; tests run as root in containers. */
export async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return await work();
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
