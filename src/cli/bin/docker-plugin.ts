import { version } from '../../version.ts';

/** What the docker CLI asks of each program in its plugin folders (docker/cli, cli-plugins/metadata). */
export const pluginMetadata = {
  SchemaVersion: '0.1.0',
  Vendor: 'docker-refstore',
  Version: version,
  ShortDescription: "Read, check and patch Docker's reference store",
} as const;

export interface PluginCall {
  readonly args: readonly string[];
  /** What docker's own global options mean, as environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly program: string;
}

/** The docker CLI's global options that take a value, with the variable that says the same. */
const withValue: Readonly<Record<string, string | undefined>> = {
  '--host': 'DOCKER_HOST',
  '-H': 'DOCKER_HOST',
  '--context': 'DOCKER_CONTEXT',
  '-c': 'DOCKER_CONTEXT',
  '--config': 'DOCKER_CONFIG',
  '--log-level': undefined,
  '-l': undefined,
};

/**
 * `docker [GLOBAL OPTIONS] refstore ARGS…` reaches a plugin as `docker-refstore [GLOBAL OPTIONS] refstore
 * ARGS…` (docker/cli passes its own arguments on whole). Anything else is a call by hand: it acts as refstore.
 */
export function parsePluginCall(argv: readonly string[]): PluginCall {
  // The docker CLI completes a plugin's words by asking it (docker/cli v28.5.2, cli-plugins/manager/cobra.go).
  if (argv[0] === '__complete' && argv[1] === 'refstore') {
    return { args: ['__complete', ...argv.slice(2)], env: {}, program: 'docker refstore' };
  }
  const env: Record<string, string> = {};
  let next = 0;
  while (next < argv.length && argv[next] !== 'refstore') {
    const [name = '', inline] = splitOption(argv[next] as string);
    if (Object.hasOwn(withValue, name)) {
      const value = inline ?? argv[++next];
      const variable = withValue[name];
      if (variable !== undefined && value !== undefined) env[variable] = value;
    } else if (name === '--tls' || name === '--tlsverify') env['DOCKER_TLS_VERIFY'] = '1';
    else if (name !== '--debug' && name !== '-D') break;
    next++;
  }
  if (argv[next] !== 'refstore') return { args: argv, env: {}, program: 'docker-refstore' };
  return { args: argv.slice(next + 1), env, program: 'docker refstore' };
}

function splitOption(text: string): [string, string | undefined] {
  const equals = text.indexOf('=');
  return equals === -1 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}
