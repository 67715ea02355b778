import { access, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RefstoreError } from '../errors.ts';
import { readRegularFile } from '../system/regular-file.ts';
import { type DaemonFlags, readDaemonFlags } from './daemon-flags.ts';
import { parseEnvironmentFile } from './environment-file.ts';
import { splitWords } from './quoted-words.ts';
import { showUnits, type UnitProperties } from './systemd.ts';

/** What a service would start: the flags of its dockerd, or why they cannot be told. */
export type ServiceDaemon = { readonly service: string } & (
  | { readonly flags: DaemonFlags }
  | { readonly problem: string }
);

/** Reads what a service would start; undefined where there is no such service. */
export type ReadService = () => Promise<ServiceDaemon | undefined>;

const unit = 'docker.service';
const sizeLimit = 1 << 20;

/** The `docker` service of the packages: systemd's docker.service, or the init script with its file of options. */
export async function readDockerService(): Promise<ServiceDaemon | undefined> {
  // As sd_booted(3) tells it.
  if (await isThere('/run/systemd/system')) return await readUnit({ user: false });
  return (await readInitScript('/')) ?? (await readUnitFiles('/'));
}

/** docker.service of the user's own systemd, where the user has one. */
export async function readRootlessService(configHome: string): Promise<ServiceDaemon | undefined> {
  if (!(await isThere(join(configHome, 'systemd', 'user', unit)))) return undefined;
  return await readUnit({ user: true });
}

const properties = ['LoadState', 'ExecStart', 'Environment', 'EnvironmentFiles', 'UnsetEnvironment'];

/** As systemd has loaded the unit, with its drop-ins: that is what it would start. */
export async function readUnit({ user }: { readonly user: boolean }): Promise<ServiceDaemon | undefined> {
  const service = user ? `${unit} of the user’s systemd` : unit;
  const [shown] = (await showUnits([unit], properties, user)) ?? [];
  if (shown === undefined) return { service, problem: 'systemctl show does not answer' };
  if (shown['LoadState']?.[0] !== 'loaded') return undefined;
  return { service, ...(await readExecStart(shown)) };
}

/** `{ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// $DOCKER_OPTS ; ignore_errors=no ; …`, without quotes. */
const execStart = /^\{ path=.*? ; argv\[\]=(.*) ; ignore_errors=(?:yes|no) ; /;

async function readExecStart(
  shown: UnitProperties,
): Promise<{ readonly flags: DaemonFlags } | { readonly problem: string }> {
  const lines = (shown['ExecStart'] ?? []).filter((line) => line !== '');
  const [command, ...rest] = execStart.exec(lines[0] ?? '')?.[1]?.split(' ') ?? [];
  if (command === undefined || lines.length > 1) return { problem: 'it has no single ExecStart=' };
  const program = basename(command);
  if (program !== 'dockerd' && program !== 'dockerd-rootless.sh') {
    return { problem: `it runs ${command}, and what that gives to dockerd is not known` };
  }
  const variables = rest.some((word) => word.includes('$')) ? await environmentOf(shown) : new Map();
  if ('problem' in variables) return { problem: variables.problem };
  const words: string[] = [];
  for (const word of rest) {
    const expanded = expand(word, variables);
    if (expanded === undefined) return { problem: `what ${word} stands for cannot be told` };
    words.push(...expanded);
  }
  return flagsOf(words);
}

function flagsOf(words: readonly string[]): { readonly flags: DaemonFlags } | { readonly problem: string } {
  const flags = readDaemonFlags(words);
  return 'problem' in flags ? { problem: `its command line cannot be read: ${flags.problem}` } : { flags };
}

type Variables = ReadonlyMap<string, string | undefined>;

/** `$NAME` as a word of its own is split at blanks, `${NAME}` is not (systemd.service(5)); one that is not set is empty. */
function expand(word: string, variables: Variables): readonly string[] | undefined {
  const own = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(word)?.[1];
  if (own !== undefined) {
    if (!variables.has(own)) return [];
    const value = variables.get(own);
    return value === undefined ? undefined : splitWords(value);
  }
  let isKnown = true;
  const text = word.replaceAll(/\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)\}|)/g, (all, name?: string) => {
    if (all === '$$') return '$';
    if (name === undefined) isKnown = false;
    const value = name === undefined || !variables.has(name) ? '' : variables.get(name);
    if (value === undefined) isKnown = false;
    return value ?? '';
  });
  return isKnown ? [text] : undefined;
}

/** Files come after Environment=, and later ones win (systemd.exec(5)). */
async function environmentOf(shown: UnitProperties): Promise<Variables | { readonly problem: string }> {
  const variables = new Map<string, string | undefined>();
  for (const pair of splitWords((shown['Environment'] ?? []).join(' '))) {
    const equals = pair.indexOf('=');
    if (equals > 0) variables.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  for (const line of shown['EnvironmentFiles'] ?? []) {
    const [, file = '', ignored] = /^(.*) \(ignore_errors=(yes|no)\)$/.exec(line) ?? [];
    if (file === '') continue;
    const text = await textOf(file);
    if (typeof text === 'object') return text;
    if (text === undefined && ignored !== 'yes') return { problem: `there is no ${file}` };
    for (const [name, value] of parseEnvironmentFile(text ?? '')) variables.set(name, value);
  }
  for (const name of (shown['UnsetEnvironment'] ?? []).join(' ').split(' ')) variables.delete(name);
  return variables;
}

/** Of Debian's and Docker's packages, and of Alpine's: both start dockerd with $DOCKER_OPTS. */
const initScripts = [
  ['etc/init.d/docker', 'etc/default/docker'],
  ['etc/init.d/docker', 'etc/conf.d/docker'],
] as const;

/** Only what a file of options says about where images are kept counts: what else the script does is its own. */
export async function readInitScript(root: string): Promise<ServiceDaemon | undefined> {
  for (const [script, options] of initScripts) {
    if (!(await isThere(join(root, script)))) continue;
    const file = join(root, options);
    const text = await textOf(file);
    if (text === undefined) continue;
    const service = `the init script docker (${file})`;
    if (typeof text === 'object') return { service, ...text };
    const variables = parseEnvironmentFile(text);
    if (!variables.has('DOCKER_OPTS')) continue;
    const value = variables.get('DOCKER_OPTS');
    if (value === undefined) return { service, problem: 'DOCKER_OPTS is computed by the shell' };
    return { service, ...flagsOf(splitWords(value)) };
  }
  return undefined;
}

const unitFolders = [
  'etc/systemd/system',
  'run/systemd/system',
  'usr/local/lib/systemd/system',
  'usr/lib/systemd/system',
  'lib/systemd/system',
];
const telling = /(?:--data-root|--graph|--config-file|\s-g)(?:[\s=/]|$)/m;

/**
 * Where systemd does not run, as in a chroot of a rescue system, nobody says what its units come to. Those that name
 * a data root are enough to know that the usual one may be the wrong one.
 */
export async function readUnitFiles(root: string): Promise<ServiceDaemon | undefined> {
  for (const folder of unitFolders) {
    const own = join(root, folder, unit);
    const dropIns = await readdir(`${own}.d`).catch(() => []);
    const files = [
      own,
      ...dropIns.filter((name) => name.endsWith('.conf')).map((name) => join(`${own}.d`, name)),
    ];
    for (const file of files) {
      const text = await textOf(file);
      if (typeof text !== 'string' || !telling.test(withoutComments(text))) continue;
      return {
        service: unit,
        problem: `${file} names a data root or a daemon.json, and systemd does not run here`,
      };
    }
  }
  return undefined;
}

function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^\s*[#;]/.test(line))
    .join('\n');
}

/** Undefined where there is no such file. */
async function textOf(file: string): Promise<string | undefined | { readonly problem: string }> {
  try {
    const found = await readRegularFile(file, { limit: sizeLimit, followLink: true });
    return found === undefined ? undefined : new TextDecoder().decode(found.bytes);
  } catch (error) {
    if (!(error instanceof RefstoreError)) throw error;
    return { problem: error.message };
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
