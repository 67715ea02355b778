import { fieldsField, isFields, parseJson } from '../util/json.ts';

/** Bytes that are read of one config. The daemon has no limit; of a larger one nothing is said. */
export const configLimit = 64 << 20;

/** The daemon chains at most 125 layers (moby v28.5.2 layer/layer_store.go, maxLayerDepth); of more nothing is said. */
export const maxLayers = 1000;

const beginning = '"rootfs":{"type":"layers","diff_ids":[';
const digests = '"sha256:[a-f0-9]{64}"';
/**
 * How nearly every config ends. Unescaped, these quotes cannot be inside a JSON string, and as the file ends
 * with the brace behind the object, the object is a field of the outermost one. In a file whose bytes hash to
 * its name this tells the layers without parsing the rest, which would take longer than reading and hashing.
 */
const usualEnd = new RegExp(
  `^"rootfs":{"type":"layers","diff_ids":\\[(${digests}(?:,${digests})*)\\]}(?:,"variant":"[a-z0-9]*")?}$`,
);

/**
 * The diff IDs of an image's layers, lowest first (moby v28.5.2 image/rootfs.go, RootFS).
 * @returns undefined for what the daemon would not take for an image config
 */
export function diffIdsOf(config: Buffer): readonly string[] | undefined {
  const start = config.lastIndexOf(beginning, undefined, 'latin1');
  const usual = start < 0 ? null : usualEnd.exec(config.toString('latin1', start));
  if (usual?.[1] !== undefined) return usual[1].slice(1, -1).split('","');

  const parsed = parseJson(config);
  if ('problem' in parsed || !isFields(parsed.value)) return undefined;
  const rootfs = fieldsField(parsed.value, 'rootfs');
  if (rootfs === undefined) return undefined;
  const diffIds = rootfs['diff_ids'] ?? [];
  if (!Array.isArray(diffIds) || !diffIds.every((id): id is string => typeof id === 'string'))
    return undefined;
  return diffIds;
}
