import type { ClientRequest } from 'node:http';

/**
 * Writes a body chunk by chunk, no faster than the connection takes it, and ends the request. Once the connection
 * is gone the rest is left: why, the request itself tells.
 * @throws what the body throws
 */
export async function sendBody(
  request: ClientRequest,
  body: AsyncIterable<Uint8Array>,
  onSent: (bytes: number) => void,
): Promise<void> {
  let sent = 0;
  for await (const chunk of body) {
    if (request.destroyed) return;
    if (!request.write(chunk)) await drained(request);
    sent += chunk.length;
    onSent(sent);
  }
  if (!request.destroyed) request.end();
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      request.off('drain', done).off('close', done);
      resolve();
    };
    request.on('drain', done).on('close', done);
    if (request.destroyed) done();
  });
}
