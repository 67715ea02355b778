/**
 * A write beyond the limit on file sizes (ulimit -f) sends SIGXFSZ, which Node ignores: the write fails with
 * EFBIG, and that can be told. But proper-lockfile and write-file-atomic load signal-exit, which ends the
 * process at this signal unless somebody else listens for it, too.
 */
export async function survivingFileSizeLimit<T>(work: () => Promise<T>): Promise<T> {
  process.on('SIGXFSZ', ignore);
  try {
    return await work();
  } finally {
    process.off('SIGXFSZ', ignore);
  }
}

function ignore(): void {}
