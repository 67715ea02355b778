import { type InterruptSignal, interruptSignals } from '../interrupt.ts';

export interface Interrupts {
  /** Aborted at the first signal, whose name is the reason. */
  readonly signal: AbortSignal;
  /** As if the process had got the signal. */
  interrupt(name: InterruptSignal): void;
  /** Takes the handlers away. */
  release(): void;
}

/**
 * Handlers for SIGINT, SIGTERM and SIGHUP that stay until they are released: one that goes after the first signal
 * would let the second one end the process, with Docker down.
 * @param onRepeated called for each signal after the first
 */
export function handleInterrupts(onRepeated: (name: InterruptSignal) => void): Interrupts {
  const controller = new AbortController();
  const interrupt = (name: InterruptSignal): void => {
    if (controller.signal.aborted) onRepeated(name);
    else controller.abort(name);
  };
  const names = Object.keys(interruptSignals) as InterruptSignal[];
  const handlers = names.map((name) => [name, () => interrupt(name)] as const);
  for (const [name, handler] of handlers) process.on(name, handler);
  return {
    signal: controller.signal,
    interrupt,
    release() {
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}
