/** Hands on the next bytes; resolves when they were used, and is rejected when the reader has ended. */
export type Write = (bytes: Uint8Array) => Promise<void>;

interface PendingWrite {
  readonly bytes: Uint8Array;
  used(): void;
  refused(error: Error): void;
}

/**
 * The bytes that some work writes, one write at a time and each as it is asked for. What the work throws comes out
 * behind them; when this ends, the work has ended. (A stream would leave a write without an answer when it is
 * destroyed, and so the work without its end.)
 */
export async function* fromWriter(work: (write: Write) => Promise<void>): AsyncGenerator<Uint8Array, void> {
  let pending: PendingWrite | undefined;
  let isOver = false;
  let wake = () => {};
  const write: Write = (bytes) =>
    new Promise((used, refused) => {
      if (isOver) refused(new Error('the reader has ended'));
      else pending = { bytes, used, refused };
      wake();
    });
  let failure: { readonly error: unknown } | undefined;
  const done = work(write)
    .catch((error: unknown) => {
      failure = { error };
    })
    .finally(() => {
      isOver = true;
      wake();
    });
  try {
    for (;;) {
      if (pending === undefined && !isOver) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (pending === undefined) break;
      const { bytes, used } = pending;
      yield bytes;
      pending = undefined;
      used();
    }
  } finally {
    isOver = true;
    pending?.refused(new Error('the reader has ended'));
    await done;
  }
  if (failure !== undefined) throw failure.error;
}
