import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName } from '../../reference/reference.ts';
import { type Fields, fieldsField, stringField } from '../../util/json.ts';

/** The name and tag of an image in a layout, as far as the layout knows them. */
export interface LayoutName {
  /** Familiar. */
  readonly repository: string | undefined;
  readonly tag: string | undefined;
}

const tagAlone = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/**
 * What the annotations of a descriptor in index.json say. containerd and `docker save` write the whole name as
 * io.containerd.image.name; org.opencontainers.image.ref.name is a whole name where skopeo was given one, and else
 * a tag by itself: what has neither colon nor slash is never taken for a repository.
 */
export function nameOfDescriptor(descriptor: Fields): LayoutName {
  const annotations = fieldsField(descriptor, 'annotations') ?? {};
  const whole = stringField(annotations, 'io.containerd.image.name');
  const refName = refNameOf(descriptor);
  const named = whole === undefined ? undefined : readName(whole);
  if (named !== undefined) return named;
  if (refName === undefined) return { repository: undefined, tag: undefined };
  if (tagAlone.test(refName)) return { repository: undefined, tag: refName };
  return readName(refName) ?? { repository: undefined, tag: undefined };
}

/** org.opencontainers.image.ref.name: what stands behind the colon of oci:DIR:TAG. */
export function refNameOf(descriptor: Fields): string | undefined {
  const name = stringField(fieldsField(descriptor, 'annotations') ?? {}, 'org.opencontainers.image.ref.name');
  return name === '' ? undefined : name;
}

function readName(text: string): LayoutName | undefined {
  const reference = tryParseNormalizedNamed(text);
  return reference && { repository: familiarName(reference), tag: reference.tag };
}
