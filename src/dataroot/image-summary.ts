import { Folder } from '../system/folder.ts';
import { type Fields, fieldsField, isFields, parseJson, stringField } from '../util/json.ts';
import type { ProgressTracker } from '../util/progress.ts';
import { chainId } from './chain-id.ts';
import { diffIdsOf } from './image-config.ts';

/** What an image looks like on disk, for a person who has to tell what it is. What is not known is left out. */
export interface ImageSummary {
  readonly imageId: string;
  /** RFC 3339, as the config has it. */
  readonly created?: string;
  /** Entrypoint and command, at most 20 words. */
  readonly command?: readonly string[];
  /** At most 20. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Of its layers together, in bytes, as `docker images` counts them. */
  readonly size?: number;
  /** Why there is no more: the config cannot be read. */
  readonly problem?: string;
}

/** In bytes. Docker itself has no limit; no person reads a larger one. */
const maxConfigSize = 16 << 20;
const mostItems = 20;
const maxTextLength = 200;
const sizePattern = /^[0-9]{1,15}$/;

/**
 * Reads the configs of images, and the sizes of their layers.
 * @throws RefstoreError READ_FAILED when the data root cannot be read; ABORTED
 */
export async function summariseImages(
  imageIds: readonly string[],
  { dataRoot, driver }: { readonly dataRoot: string; readonly driver: string },
  tracker: ProgressTracker,
): Promise<ImageSummary[]> {
  const store = Folder.open(dataRoot).folder('image', driver);
  const summaries: ImageSummary[] = [];
  for (const imageId of imageIds) {
    summaries.push(store instanceof Folder ? summarise(imageId, store) : { imageId, problem: store.reason });
    const rest = tracker.step();
    if (rest !== undefined) await rest;
  }
  return summaries;
}

function summarise(imageId: string, store: Folder): ImageSummary {
  const configs = store.folder('imagedb', 'content', 'sha256');
  const bytes =
    configs instanceof Folder ? configs.read(imageId.slice('sha256:'.length), maxConfigSize) : configs;
  if ('problem' in bytes) return { imageId, problem: bytes.reason };
  const parsed = parseJson(bytes);
  if ('problem' in parsed) return { imageId, problem: parsed.reason };
  if (!isFields(parsed.value)) return { imageId, problem: 'it is no image config' };
  const config = fieldsField(parsed.value, 'config') ?? {};
  const created = stringField(parsed.value, 'created')?.slice(0, maxTextLength);
  const command = [...words(config['Entrypoint']), ...words(config['Cmd'])].slice(0, mostItems);
  const labels = labelsOf(config);
  const size = sizeOf(diffIdsOf(bytes) ?? [], store);
  return {
    imageId,
    ...(created === undefined ? {} : { created }),
    ...(command.length === 0 ? {} : { command }),
    ...(labels === undefined ? {} : { labels }),
    ...(size === undefined ? {} : { size }),
  };
}

function words(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, mostItems).flatMap((word) => (typeof word === 'string' ? short(word) : []));
}

function labelsOf(config: Fields): Record<string, string> | undefined {
  const labels = Object.entries(fieldsField(config, 'Labels') ?? {})
    .filter((label): label is [string, string] => typeof label[1] === 'string')
    .slice(0, mostItems)
    .map(([name, value]) => [short(name), short(value)]);
  return labels.length === 0 ? undefined : Object.fromEntries(labels);
}

function short(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}

/** Undefined where a layer's size cannot be read: a part of the sum would mislead. */
function sizeOf(diffIds: readonly string[], store: Folder): number | undefined {
  let size = 0;
  let parent = '';
  for (const diffId of diffIds) {
    parent = chainId(parent, diffId);
    const layer = store.folder('layerdb', 'sha256', parent.slice('sha256:'.length));
    const bytes = layer instanceof Folder ? layer.read('size', 4096) : layer;
    const text = 'problem' in bytes ? '' : bytes.toString('latin1').trim();
    if (!sizePattern.test(text)) return undefined;
    size += Number(text);
  }
  return size;
}
