import { isFields, parseJson, stringField } from '../../util/json.ts';
import { parseChallenges } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import type { RegistryHttp } from './http.ts';
import type { Keychain } from './keychain.ts';
import { RegistryError } from './registry-error.ts';

/** A registry that wants to know who asks. */
export interface RegistryResource {
  /** Its `HOST[:PORT]`. */
  readonly host: string;
  /** As docker login calls it. */
  readonly account: string;
}

const maxAnswerSize = 1 << 20;
const maxTokenLength = 64 * 1024;

/**
 * Makes Authorization headers, as a registry's 401 asks for them: Basic, or a token from the service that it names
 * (distribution, spec/auth). The credentials of a registry go to that registry, and to its token service only if
 * this is on the same host, or proves by its certificate who it is.
 */
export class Authorizer {
  readonly #http: RegistryHttp;
  readonly #store: Keychain;

  constructor(http: RegistryHttp, store: Keychain) {
    this.#http = http;
    this.#store = store;
  }

  /**
   * @param header WWW-Authenticate, of the registry itself
   * @param scope what is asked for: `repository:library/alpine:pull`
   * @throws RegistryError; RefstoreError as Keychain.find
   */
  async authorize(
    resource: RegistryResource,
    header: string | undefined,
    scope: string,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const challenges = parseChallenges(header ?? '');
    const credentials = await this.#store.find(resource.account, signal);
    if (credentials?.kind === 'registry-token') return `Bearer ${credentials.token}`;
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer !== undefined) {
      const token = await this.#token(resource, bearer.parameters, scope, credentials, signal);
      return `Bearer ${token}`;
    }
    if (!challenges.some(({ scheme }) => scheme === 'basic')) {
      throw new RegistryError(
        resource.host,
        'unauthorized',
        'it wants credentials, in a way that is not known here',
      );
    }
    if (credentials?.kind !== 'password') throw wantsLogin(resource);
    return basic(credentials);
  }

  async #token(
    resource: RegistryResource,
    parameters: ReadonlyMap<string, string>,
    scope: string,
    credentials: Exclude<Credentials, { kind: 'registry-token' }> | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const realm = this.#realm(resource, parameters.get('realm'), credentials !== undefined);
    const query = new URLSearchParams({ scope });
    const service = parameters.get('service');
    if (service !== undefined) query.set('service', service);
    const common = { sizeLimit: maxAnswerSize, signal, tokenServiceOf: resource.host };
    if (credentials?.kind === 'identity-token') {
      query.set('grant_type', 'refresh_token');
      query.set('client_id', 'docker-refstore');
      query.set('refresh_token', credentials.token);
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const answer = await this.#http.send(realm, {
        ...common,
        method: 'POST',
        headers,
        body: query.toString(),
      });
      return tokenIn(answer, resource);
    }
    for (const [name, value] of query) realm.searchParams.set(name, value);
    const authorization = credentials && basic(credentials);
    const answer = await this.#http.send(realm, {
      ...common,
      headers: { Accept: 'application/json' },
      authorization,
    });
    return tokenIn(answer, resource);
  }

  /** Where the token comes from: a place that may be told who we are, if there is anything to tell. */
  #realm({ host }: RegistryResource, text: string | undefined, isSecretSent: boolean): URL {
    const realm = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
    if (realm === undefined || !/^https?:$/.test(realm.protocol)) {
      throw new RegistryError(host, 'malformed', 'the token service that it names is no address of the web');
    }
    realm.username = '';
    realm.password = '';
    const isOwn = realm.hostname === new URL(`https://${host}`).hostname;
    const provesItself = realm.protocol === 'https:' && !this.#http.insecure.has(realm.host);
    if (isSecretSent && !isOwn && !provesItself) {
      throw new RegistryError(
        host,
        'unauthorized',
        'its token service is on another host, which cannot prove who it is: the credentials were not sent',
        {
          hint: 'the token service has to be on the same host, or on one with a certificate that is trusted',
        },
      );
    }
    return realm;
  }
}

function tokenIn(answer: { status: number; body: Buffer }, resource: RegistryResource): string {
  const { status, body } = answer;
  if (status === 401 || status === 403) {
    throw new RegistryError(resource.host, 'unauthorized', `its token service gives no token (${status})`, {
      hint: `docker login ${resource.account}`,
      status,
    });
  }
  if (status !== 200) {
    throw new RegistryError(resource.host, 'status', `its token service answered ${status}`, {
      status,
    });
  }
  const parsed = parseJson(body);
  const fields = 'value' in parsed && isFields(parsed.value) ? parsed.value : {};
  const token = stringField(fields, 'token') || stringField(fields, 'access_token');
  if (token && token.length <= maxTokenLength && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new RegistryError(resource.host, 'malformed', 'its token service answered without a token');
}

function wantsLogin({ host, account }: RegistryResource): RegistryError {
  return new RegistryError(
    host,
    'unauthorized',
    'it wants credentials, and Docker’s config has none for it',
    {
      hint: `docker login ${account}`,
    },
  );
}

function basic({ username, password }: Extract<Credentials, { kind: 'password' }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
