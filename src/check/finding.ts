import type { Place } from '../repositories/place.ts';

/**
 * `fatal`: the daemon does not start or crashes · `error`: a reference does not work, or runs the wrong image ·
 * `warning`: something that will do harm · `info`: worth knowing.
 */
export type Severity = 'fatal' | 'error' | 'warning' | 'info';

/** Worst first. */
export const severities = ['fatal', 'error', 'warning', 'info'] as const satisfies readonly Severity[];

/**
 * What mends it. `safe`: repair does, and nothing that works is lost · `lossy`: an entry goes, so only with
 * --lossy RULE · `proof`: needs a claim that says what belongs there · `none`: not a matter of this file.
 */
export type Fix = 'safe' | 'lossy' | 'proof' | 'none';

/** Stable: they are in the JSON output, in --severity RULE=LEVEL and --lossy RULE, and in scripts. */
export const ruleNames = [
  // the file
  'file-missing',
  'file-empty',
  'file-cut',
  'file-nul',
  'file-foreign',
  'file-encoding',
  'file-syntax',
  'file-type',
  'file-null',
  'file-too-deep',
  'map-null',
  'trailing-bytes',
  'duplicate-field',
  'duplicate-bucket',
  'duplicate-reference',
  'field-case',
  'unknown-field',
  'invalid-utf8',
  'not-canonical',
  'file-symlink',
  'file-dangling-symlink',
  'not-a-file',
  'file-mode',
  'file-owner',
  'leftover-temporary',
  'stale-lock',
  // its entries
  'key-not-familiar',
  'key-not-reversible',
  'key-without-tag',
  'key-tag-and-digest',
  'key-unparsable',
  'wrong-bucket',
  'empty-bucket',
  'image-id-malformed',
  'reference-conflict',
  'name-sha256',
  // against the data root
  'folder-blocked',
  'ghost-tag',
  'ghost-digest',
  'digest-wrong-image',
  'image-config-damaged',
  'image-layers-missing',
  'layer-data-missing',
  'image-untagged',
  'image-unnamed',
  'container-image-missing',
  'container-reference-lost',
  'several-stores',
  'not-examined',
  // against the daemon
  'memory-differs',
  'containerd-image-store',
  'containerd-metadata-damaged',
  'containerd-digest-unresolvable',
  'containerd-image-incomplete',
  'unused-image-store',
  // against the user's needs
  'required-unresolved',
  'required-undecidable',
  'required-invalid',
] as const;

export type RuleName = (typeof ruleNames)[number];

export type Args = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** What a rule found: data only. format.ts makes the sentence. */
export interface Finding {
  readonly rule: RuleName;
  readonly severity: Severity;
  readonly fix: Fix;
  /** The bucket, as it stands in the file. */
  readonly repository?: string;
  /** The key, as it stands in the file; for findings that are not about an entry, the reference in question. */
  readonly reference?: string;
  readonly imageId?: string;
  /** Where in the file; offset in bytes, line and column from 1. */
  readonly at?: Place;
  readonly args: Args;
}

export type Summary = Readonly<Record<Severity, number>>;

/** What is worth knowing counts as clean. */
export function isClean(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity === 'info');
}
