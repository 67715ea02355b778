import { tryParseNormalizedNamed } from '../reference/parse.ts';
import { familiarName } from '../reference/reference.ts';
import { Folder } from './folder.ts';
import { configLimit, diffIdsOf } from './image-config.ts';
import { isFields, parseJson, stringField } from './json.ts';

const hexDigest = /^sha256:([a-f0-9]{64})$/;
/** The daemon keeps at most 50 sources a layer (distribution/metadata/v2_metadata_service.go). */
const metadataLimit = 1 << 20;
const most = 50;

/**
 * The repositories that an image may have come from or gone to, in familiar form: those that the daemon noted
 * for all of its layers, else those of its topmost one (image/<driver>/distribution/v2metadata-by-diffid). For a
 * human to choose from: images share layers, so this proves no name, and no tag or digest at all.
 */
export function candidateRepositories(root: Folder, driver: string, imageId: string): string[] {
  const folder = root.folder('image', driver);
  const hex = hexDigest.exec(imageId)?.[1];
  if (!(folder instanceof Folder) || hex === undefined) return [];
  const configs = folder.folder('imagedb', 'content', 'sha256');
  const metadata = folder.folder('distribution', 'v2metadata-by-diffid', 'sha256');
  if (!(configs instanceof Folder) || !(metadata instanceof Folder)) return [];
  const config = configs.read(hex, configLimit);
  if ('problem' in config) return [];

  const sources = (diffIdsOf(config) ?? []).map((diffId) => sourcesOf(metadata, diffId));
  const topmost = sources.at(-1) ?? [];
  const common = topmost.filter((name) => sources.every((names) => names.includes(name)));
  return (common.length > 0 ? common : topmost).sort();
}

function sourcesOf(metadata: Folder, diffId: string): string[] {
  const hex = hexDigest.exec(diffId)?.[1];
  const bytes = hex === undefined ? undefined : metadata.read(hex, metadataLimit);
  if (bytes === undefined || 'problem' in bytes) return [];
  const parsed = parseJson(bytes);
  if ('problem' in parsed || !Array.isArray(parsed.value)) return [];
  const names = parsed.value.slice(0, most).flatMap((entry: unknown) => {
    const source = isFields(entry) ? stringField(entry, 'SourceRepository') : undefined;
    const reference = source === undefined ? undefined : tryParseNormalizedNamed(source);
    return reference === undefined ? [] : [familiarName(reference)];
  });
  return [...new Set(names)];
}
