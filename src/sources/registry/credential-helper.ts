import { spawn } from 'node:child_process';
import { RefstoreError } from '../../errors.ts';
import { isFields, parseJson, stringField } from '../../util/json.ts';
import type { Credentials } from './credentials.ts';

/** A helper may ask its keychain, or a cloud. */
const timeoutMs = 30_000;
const maxAnswerSize = 64 * 1024;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export interface HelperOptions {
  /** The part behind docker-credential-. */
  readonly name: string;
  /** As config.json calls the registry. */
  readonly server: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks `docker-credential-NAME get` (docker-credential-helpers): the server on standard input, on standard output
 * `{"Username", "Secret"}`; the user name `<token>` means that the secret is an identity token. What it printed is
 * never told, whatever happened.
 * @returns undefined when it has none for this server
 * @throws RefstoreError SOURCE_FAILED when it cannot be run, fails, takes too long or says something else; ABORTED
 */
export async function askHelper(options: HelperOptions): Promise<Credentials | undefined> {
  const { name, server } = options;
  if (!namePattern.test(name)) throw helperFailed(options, 'this is no name of a helper');
  const { status, output } = await run(options);
  const text = output.toString('utf8');
  if (status !== 0) {
    if (/credentials not found/i.test(text)) return undefined;
    throw helperFailed(options, `it ended with status ${status}`);
  }
  const parsed = parseJson(output);
  const fields = 'value' in parsed && isFields(parsed.value) ? parsed.value : {};
  const username = stringField(fields, 'Username');
  const secret = stringField(fields, 'Secret');
  if (username === undefined || secret === undefined)
    throw helperFailed(options, 'its answer is not understood');
  if (secret === '') return undefined;
  return username === '<token>'
    ? { kind: 'identity-token', token: secret, server }
    : { kind: 'password', username, password: secret, server };
}

interface Run {
  readonly status: number | null;
  readonly output: Buffer;
}

function run(options: HelperOptions): Promise<Run> {
  const { name, server, env, signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${name}`, ['get'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: env as NodeJS.ProcessEnv,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: RefstoreError) => {
      settle();
      reject(error);
      child.kill('SIGKILL');
      // Something that it left running may hold the other end.
      child.stdout.destroy();
    };
    const timer = setTimeout(
      () => fail(helperFailed(options, `no answer in ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    const onAbort = () => fail(new RefstoreError('ABORTED', 'interrupted', { cause: signal?.reason }));
    signal?.addEventListener('abort', onAbort, { once: true });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT';
      fail(
        helperFailed(
          options,
          isMissing ? 'it is not installed' : `it cannot be run (${error.code ?? 'unknown'})`,
        ),
      );
    });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxAnswerSize) fail(helperFailed(options, `it printed more than ${maxAnswerSize} bytes`));
      else chunks.push(chunk);
    });
    child.on('close', (status) => {
      settle();
      resolve({ status, output: Buffer.concat(chunks) });
    });
    // A helper that does not read ends the pipe; what it then says counts.
    child.stdin.on('error', () => undefined);
    child.stdin.end(server);
  });
}

function helperFailed({ name, server }: HelperOptions, problem: string): RefstoreError {
  return new RefstoreError(
    'SOURCE_FAILED',
    `docker-credential-${name.slice(0, 100)}, asked for ${server}: ${problem}`,
    {
      hint: 'config.json names this helper: docker login uses it too',
      details: { helper: name.slice(0, 100), server },
    },
  );
}
