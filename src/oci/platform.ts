import { isFields, parseJson, stringField } from '../util/json.ts';

/** "linux/arm64/v8", as an image's config says it; undefined where it names no system. */
export function platformOfConfig(config: Buffer): string | undefined {
  const parsed = parseJson(config);
  if ('problem' in parsed || !isFields(parsed.value)) return undefined;
  const { value } = parsed;
  const os = stringField(value, 'os');
  const architecture = stringField(value, 'architecture');
  if (!os || !architecture) return undefined;
  const variant = stringField(value, 'variant');
  return [os, architecture, ...(variant ? [variant] : [])].join('/');
}

/**
 * Whether an image of one platform can be what an index lists for the other: a variant that only one of them
 * names is no difference (old indexes say v8 where the config says nothing). Undefined may be anything.
 */
export function mayBeSamePlatform(left: string | undefined, right: string | undefined): boolean {
  if (left === undefined || right === undefined) return true;
  const [os, architecture, variant] = left.split('/');
  const [otherOs, otherArchitecture, otherVariant] = right.split('/');
  if (os !== otherOs || architecture !== otherArchitecture) return false;
  return variant === undefined || otherVariant === undefined || variant === otherVariant;
}
