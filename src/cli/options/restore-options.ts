import { flag, list, type OptionValues } from '../framework/options.ts';
import { namingOptions, registryOptions } from './source-options.ts';
import { livableOptions } from './write-options.ts';

/** Of digests restore, whatever the image store. */
export const restoreOptions = {
  from: list(
    'SOURCE',
    'where the digests come from: lock:FILE, docker://REF, oci:DIR, oci-archive:FILE, dir:DIR, …',
  ),
  ...namingOptions,
  'each-name': flag(
    'a digest that its source does not name (dir:, a bare layout) is given in every repository in which the image is tagged here',
  ),
  ...registryOptions,
  untagged: flag('also for images that have no tag here'),
  'trust-unproven': list(
    'REF@DIGEST',
    'restore this digest although no manifest proves it: a source has to say which image it is',
  ),
  ...livableOptions,
};

export type RestoreOptions = OptionValues<typeof restoreOptions>;
