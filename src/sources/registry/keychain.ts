import { homedir } from 'node:os';
import { join } from 'node:path';
import { RefstoreError } from '../../errors.ts';
import { readRegularFile } from '../../system/regular-file.ts';
import { type Fields, fieldsField, isFields, parseJson, stringField } from '../../util/json.ts';
import { askHelper } from './credential-helper.ts';
import type { Credentials } from './credentials.ts';
import type { RegistryOptions } from './options.ts';

const maxConfigSize = 1 << 20;
/** As docker login calls Docker Hub. */
const hubServer = 'https://index.docker.io/v1/';

/** Docker's client configuration, read when the first registry asks who we are. */
export class Keychain {
  readonly #options: RegistryOptions;
  readonly #known = new Map<string, Promise<Credentials | undefined>>();
  #config: Promise<Fields> | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /**
   * The credentials for a registry: of its own helper, of the store of all, or of config.json itself.
   * @param host `HOST[:PORT]`, or docker.io
   * @throws RefstoreError READ_FAILED when config.json cannot be read; SOURCE_FAILED when a helper fails; ABORTED
   */
  find(host: string, signal?: AbortSignal): Promise<Credentials | undefined> {
    const found = this.#known.get(host) ?? this.#look(host, signal);
    this.#known.set(host, found);
    return found;
  }

  async #look(host: string, signal: AbortSignal | undefined): Promise<Credentials | undefined> {
    this.#config ??= this.#read();
    const config = await this.#config;
    const server = host === 'docker.io' ? hubServer : host;
    const helpers = fieldsField(config, 'credHelpers') ?? {};
    const name = Object.hasOwn(helpers, server)
      ? stringField(helpers, server)
      : stringField(config, 'credsStore');
    const env = this.#options.env ?? process.env;
    const stored = name ? await askHelper({ name, server, env, signal }) : undefined;
    return stored ?? credentialsIn(fieldsField(config, 'auths') ?? {}, server);
  }

  async #read(): Promise<Fields> {
    const env = this.#options.env ?? process.env;
    const folder =
      this.#options.configDir ?? env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? homedir(), '.docker');
    const file = join(folder, 'config.json');
    const read = await readRegularFile(file, { limit: maxConfigSize, followLink: true });
    if (read === undefined) return {};
    const parsed = parseJson(Buffer.from(read.bytes));
    if ('value' in parsed && isFields(parsed.value)) return parsed.value;
    throw new RefstoreError('READ_FAILED', `cannot use ${file}: it is not a JSON object`, {
      hint: 'fix it, or name another folder in DOCKER_CONFIG',
      details: { path: file },
    });
  }
}

/** Keys may be written as URLs (docker/cli, cli/config/credentials: ConvertToHostname). */
function credentialsIn(auths: Fields, server: string): Credentials | undefined {
  const key = Object.hasOwn(auths, server)
    ? server
    : Object.keys(auths).find((candidate) => hostOf(candidate) === hostOf(server));
  const entry = key === undefined ? undefined : fieldsField(auths, key);
  if (entry === undefined) return undefined;
  const registryToken = stringField(entry, 'registrytoken');
  if (registryToken) return { kind: 'registry-token', token: registryToken, server };
  const identityToken = stringField(entry, 'identitytoken');
  if (identityToken) return { kind: 'identity-token', token: identityToken, server };
  const [username, password] = userAndPassword(entry);
  return username && password ? { kind: 'password', username, password, server } : undefined;
}

/** `auth` is base64 of `user:password`; the fields of their own are from before it. */
function userAndPassword(entry: Fields): [string | undefined, string | undefined] {
  const auth = Buffer.from(stringField(entry, 'auth') ?? '', 'base64')
    .toString('utf8')
    .replace(/\0+$/, '');
  const colon = auth.indexOf(':');
  if (colon > 0) return [auth.slice(0, colon), auth.slice(colon + 1)];
  return [stringField(entry, 'username'), stringField(entry, 'password')];
}

function hostOf(server: string): string {
  return server.replace(/^https?:\/\//, '').split('/', 1)[0] ?? '';
}
