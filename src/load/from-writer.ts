/** Hands on the next bytes; resolves when they were used, and is rejected when nobody wants more. */
export type Write = (bytes: Uint8Array) => Promise<void>;

interface Offered {
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
  let offered: Offered | undefined;
  let isOver = false;
  let wake = () => {};
  const write: Write = (bytes) =>
    new Promise((used, refused) => {
      if (isOver) refused(new Error('nobody wants more'));
      else offered = { bytes, used, refused };
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
      if (offered === undefined && !isOver) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (offered === undefined) break;
      const { bytes, used } = offered;
      yield bytes;
      offered = undefined;
      used();
    }
  } finally {
    isOver = true;
    offered?.refused(new Error('nobody wants more'));
    await done;
  }
  if (failure !== undefined) throw failure.error;
}
