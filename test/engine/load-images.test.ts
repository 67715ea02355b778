import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connectEngine } from '../../src/engine/connect.ts';
import { RefstoreError } from '../../src/errors.ts';
import { rejection } from '../support/rejection.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const headers = { 'Api-Version': '1.41', Server: 'Docker/20.10.24 (linux)' };
type Load = (request: IncomingMessage, response: ServerResponse) => void;

/** A daemon that answers pings, and a load as it is told. */
async function daemon(load: Load) {
  const socket = join(await temporaryFolder(), 'docker.sock');
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (request.url === '/_ping') response.end('OK');
    else if (request.url === '/v1.41/version') response.end('{"Os":"linux","Arch":"arm64"}');
    else load(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return connectEngine({ host: `unix://${socket}`, env: {} });
}

/** Reads all, then answers. */
const afterAll =
  (answer: string, got?: (body: Buffer, request: IncomingMessage) => void): Load =>
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      got?.(Buffer.concat(chunks), request);
      response.end(answer);
    });
  };

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve: (value: T) => resolve(value) };
}

async function* chunks(count: number, each = 64 * 1024) {
  for (let index = 0; index < count; index++) yield Buffer.alloc(each, index % 256);
}

test('the archive arrives whole, progress counts its bytes, and the daemon’s lines come back', async () => {
  let received: { body: Buffer; url: string | undefined; type: string | undefined } | undefined;
  const engine = await daemon(
    afterAll(
      '{"stream":"Loaded image: a:1\\n"}\r\n{"status":"x"}\r\n{"stream":"Loaded image: b:1\\n"}\r\n',
      (body, { url, headers }) => {
        received = { body, url, type: headers['content-type'] };
      },
    ),
  );
  const sent: number[] = [];
  const lines = await engine.loadImages(chunks(40), { onSent: (bytes) => sent.push(bytes) });
  expect(lines).toEqual(['Loaded image: a:1', 'Loaded image: b:1']);
  expect(received).toMatchObject({ url: '/v1.41/images/load?quiet=1', type: 'application/x-tar' });
  expect(received?.body.length).toBe(40 * 64 * 1024);
  expect(received?.body.at(-1)).toBe(39);
  expect(sent).toHaveLength(40);
  expect(sent.at(-1)).toBe(40 * 64 * 1024);
});

test('an error behind status 200 is an error', async () => {
  const engine = await daemon(
    afterAll('{"stream":"x"}\n{"errorDetail":{"message":"invalid diffID for layer 0"},"error":"plain"}\n'),
  );
  const error = await rejection(engine.loadImages(chunks(1)));
  expect(error).toMatchObject({ code: 'ENGINE_FAILED', details: { reason: 'status' } });
  expect(error.message).toMatch(/could not load the archive: invalid diffID for layer 0$/);
});

test('a refusal before the archive was read ends the sending', async () => {
  const engine = await daemon((_request, response) => {
    response.statusCode = 500;
    response.end('{"message":"no space left on device"}');
  });
  let closed = false;
  async function* endless() {
    try {
      for (;;) yield Buffer.alloc(64 * 1024);
    } finally {
      closed = true;
    }
  }
  const error = await rejection(engine.loadImages(endless()));
  expect(error).toMatchObject({ code: 'ENGINE_FAILED', details: { status: 500 } });
  expect(error.message).toContain('no space left on device');
  expect(closed).toBe(true);
});

test('what the archive throws breaks the request off: the daemon never sees its end', async () => {
  const stop = new RefstoreError('SOURCE_FAILED', 'the layer is damaged');
  const seen = deferred<void>();
  const closed = deferred<boolean>();
  const engine = await daemon((request) => {
    request.once('data', () => seen.resolve());
    request.resume();
    request.on('close', () => closed.resolve(request.complete));
    request.on('error', () => undefined);
  });
  async function* damaged() {
    yield Buffer.alloc(1024);
    await seen.promise;
    throw stop;
  }
  expect(await rejection(engine.loadImages(damaged()))).toBe(stop);
  expect(await closed.promise).toBe(false);
});

test('an abort', async () => {
  const control = new AbortController();
  const engine = await daemon((request) => {
    request.once('data', () => control.abort());
    request.on('error', () => undefined);
  });
  const loading = engine.loadImages(chunks(10_000), { signal: control.signal });
  expect((await rejection(loading)).code).toBe('ABORTED');
});

test('a daemon that takes nothing more and says nothing is not waited for without end', async () => {
  const engine = await daemon(() => undefined);
  const error = await rejection(engine.loadImages(chunks(10_000), { timeoutMs: 200 }));
  expect(error.details).toMatchObject({ reason: 'timeout' });
});

test.each(['<html>', '[1]\n'])('an answer that is no daemon’s: %j', async (answer) => {
  const engine = await daemon(afterAll(answer));
  const error = await rejection(engine.loadImages(chunks(1)));
  expect(error.details).toMatchObject({ reason: 'not-docker' });
});

test('an endless answer is bounded', async () => {
  const engine = await daemon((request, response) => {
    request.resume();
    const line = `${JSON.stringify({ stream: 'x'.repeat(60_000) })}\n`;
    const more = () => {
      while (response.write(line));
      response.once('drain', more);
    };
    response.on('error', () => undefined);
    more();
  });
  expect((await rejection(engine.loadImages(chunks(1)))).code).toBe('LIMIT_EXCEEDED');
});

test('the platform', async () => {
  const engine = await daemon(() => undefined);
  expect(await engine.platform()).toBe('linux/arm64');
});
