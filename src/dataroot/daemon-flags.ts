/** What stands on dockerd's command line about where and how it keeps images. What is left out is undefined. */
export interface DaemonFlags {
  readonly dataRoot: string | undefined;
  readonly configFile: string | undefined;
  readonly storageDriver: string | undefined;
  readonly usernsRemap: string | undefined;
  /** `--feature containerd-snapshotter[=true|false]`. */
  readonly containerdSnapshotter: boolean | undefined;
}

/** By the names that any version knows them by; `--graph` and `-g` are those of before 17.05. */
const named: Readonly<Record<string, keyof DaemonFlags | 'feature'>> = {
  '--data-root': 'dataRoot',
  '--graph': 'dataRoot',
  '-g': 'dataRoot',
  '--config-file': 'configFile',
  '--storage-driver': 'storageDriver',
  '-s': 'storageDriver',
  '--userns-remap': 'usernsRemap',
  '--feature': 'feature',
};

/** Flags that take no value of their own: what follows them is a word by itself. */
const shortFlags = /^-[DvVh]+$/;

/**
 * Reads the words behind `dockerd` as pflag does: `--name VALUE`, `--name=VALUE`, `-g VALUE`, `-gVALUE`, `-g=VALUE`.
 * @returns a clause that says why, where they cannot be read: dockerd takes flags only, so a word that belongs to none
 *   is part of a value that was split, or of a shell command
 */
export function readDaemonFlags(words: readonly string[]): DaemonFlags | { readonly problem: string } {
  const found: Record<string, string> = {};
  let snapshotter: boolean | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const { name, inline } = split(word);
    const field = named[name];
    const next = words[at + 1];
    if (field === undefined) {
      if (!word.startsWith('-')) return { problem: `${JSON.stringify(word)} belongs to no flag` };
      // The value of a flag that does not matter here.
      if (inline === undefined && !shortFlags.test(word) && next !== undefined && !next.startsWith('-')) at++;
      continue;
    }
    if (inline === undefined && next === undefined) return { problem: `${name} has no value` };
    const value = inline ?? (next as string);
    if (inline === undefined) at++;
    if (field !== 'feature') found[field] = value;
    else if (/^containerd-snapshotter(?:=true)?$/.test(value)) snapshotter = true;
    else if (value === 'containerd-snapshotter=false') snapshotter = false;
  }
  const text = (field: keyof DaemonFlags) => found[field] || undefined;
  return {
    dataRoot: text('dataRoot'),
    configFile: text('configFile'),
    storageDriver: text('storageDriver'),
    usernsRemap: text('usernsRemap'),
    containerdSnapshotter: snapshotter,
  };
}

function split(word: string): { readonly name: string; readonly inline: string | undefined } {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    return equals === -1
      ? { name: word, inline: undefined }
      : { name: word.slice(0, equals), inline: word.slice(equals + 1) };
  }
  if (!/^-[gs]./.test(word)) return { name: word, inline: undefined };
  return { name: word.slice(0, 2), inline: word.slice(2).replace(/^=/, '') };
}
