import { hash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageFacts } from '../facts/facts.ts';
import { Folder, type ListedFiles } from '../system/folder.ts';
import type { Problem, Problems } from '../system/problems.ts';
import { kindOf } from '../system/regular-file.ts';
import type { ProgressTracker } from '../util/progress.ts';
import type { ReadFailure } from '../util/read-failure.ts';
import type { GraphDriver } from './graph-driver.ts';
import { configLimit, diffIdsOf, maxLayers } from './image-config.ts';
import { ImageParents } from './image-parents.ts';
import { LayerDb } from './layer-db.ts';

const hexName = /^[a-f0-9]{64}$/;
const noImage = { reason: 'its name is not 64 lower-case hex digits' };

// Nearly all images are valid: one object for all of them.
const valid: ImageFacts = { state: 'ok' };
const empty: ImageFacts = { state: 'empty' };
const unreadable: ImageFacts = { state: 'unreadable' };
const tooLarge: ImageFacts = { state: 'unexamined' };

export interface ImageDbOptions {
  readonly graph: GraphDriver;
  readonly tracker: ProgressTracker;
  readonly problems: Problems;
}

/** The names of the configs are being listed, while the caller does other work. */
export interface OpenImageDb {
  /**
   * @returns an empty map where there is no image db; where one is there and cannot be listed, why: that images are
   *   gone can then not be told from that
   * @throws RefstoreError ABORTED
   */
  read(): Promise<Map<string, ImageFacts> | Problem>;
}

/**
 * image/<driver>/imagedb: the config of each image under content/sha256, named by its sha256, which is the
 * image's ID (moby v28.5.2 image/fs.go). The daemon passes over a config that does not hash to its name, and over one
 * whose layers it does not have (moby v28.5.2 image/store.go, restore).
 */
export function openImageDb(root: Folder, driverName: string, options: ImageDbOptions): OpenImageDb {
  const driver = root.folder('image', driverName);
  const configs = driver instanceof Folder ? driver.folder('imagedb', 'content', 'sha256') : driver;
  if (!(driver instanceof Folder) || !(configs instanceof Folder)) {
    const problem = 'problem' in configs ? unexamined(root, driverName, configs) : undefined;
    return { read: async () => problem ?? new Map() };
  }
  const listed = configs.listFiles();
  return { read: async () => readImages(driver, configs, await listed, options) };
}

async function readImages(
  driver: Folder,
  configs: Folder,
  listed: ListedFiles,
  { graph, tracker, problems }: ImageDbOptions,
): Promise<Map<string, ImageFacts> | Problem> {
  if (listed.problem !== undefined) return { path: configs.path, reason: listed.problem.reason };
  const images = new Map<string, ImageFacts>();
  for (const name of listed.others) {
    const isImage = hexName.test(name);
    problems.add(join(configs.path, name), isImage ? { reason: 'it is not a regular file' } : noImage);
    if (isImage) images.set(`sha256:${name}`, unreadable);
  }

  tracker.expect(listed.files.length);
  const layers = new LayerDb(driver, graph, problems);
  const parents = new ImageParents(driver, problems);
  for (const name of listed.files) {
    if (hexName.test(name)) {
      images.set(`sha256:${name}`, parents.addTo(name, examine(configs, name, layers, problems)));
    } else problems.add(join(configs.path, name), noImage);
    const rest = tracker.step();
    if (rest !== undefined) await rest;
  }
  return images;
}

/** Why what is on the way to the configs cannot be passed; undefined where the way simply ends. */
function unexamined(root: Folder, driverName: string, { problem, reason }: ReadFailure): Problem | undefined {
  const names = ['image', driverName, 'imagedb', 'content', 'sha256'];
  if (problem !== 'missing') return { path: join(root.path, ...names), reason };
  let path = root.path;
  for (const name of names) {
    path = join(path, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    // Through a link that leads nowhere, and through a file, nothing is found either.
    if (!stat.isDirectory()) return { path, reason: `it is ${kindOf(stat)}` };
  }
  return undefined;
}

function examine(configs: Folder, name: string, layers: LayerDb, problems: Problems): ImageFacts {
  const config = configs.readListed(name, configLimit);
  if ('problem' in config) {
    problems.add(join(configs.path, name), config);
    return config.problem === 'too-large' ? tooLarge : unreadable;
  }
  if (config.length === 0) return empty;
  if (hash('sha256', config) !== name) return { state: 'hash-mismatch' };
  const diffIds = diffIdsOf(config);
  if (diffIds === undefined) return { state: 'invalid' };
  if (diffIds.length > maxLayers) {
    problems.add(join(configs.path, name), { reason: `it names more than ${maxLayers} layers` });
    return tooLarge;
  }
  const { badLayers, missingData } = layers.examine(diffIds);
  if (badLayers === undefined && missingData === undefined) return valid;
  return { state: 'ok', ...(badLayers && { badLayers }), ...(missingData && { missingData }) };
}
