import type { DataRootFacts, Facts } from '../facts/facts.ts';
import { digestProofs } from '../oci/digest-proofs.ts';
import { Folder } from '../system/folder.ts';
import { Problems } from '../system/problems.ts';
import { type ProgressOptions, ProgressTracker } from '../util/progress.ts';
import { readContainerdImages } from './containerd-images.ts';
import { readContainers } from './containers.ts';
import { readContentStore } from './content-store.ts';
import { type FileFactsOptions, gatherFileFacts } from './file-facts.ts';
import { GraphDriver } from './graph-driver.ts';
import { openImageDb } from './image-db.ts';
import type { LocatedStore } from './locate.ts';
import { readOtherStores } from './other-stores.ts';
import { blockedFolders } from './start-folders.ts';

export interface GatherOptions extends ProgressOptions, FileFactsOptions {
  /**
   * `file`: nothing else · `store`: all that decides whether the daemon starts and lists an image: every image config
   * is hashed, the records of its layers are read, their folders looked up · `full`: into these folders too.
   */
  readonly level: 'file' | 'store' | 'full';
  /** See ContentOptions. */
  readonly containerdRoot?: string | undefined;
}

/**
 * What is on disk: the file, and the data root around it. What a daemon, sources and the user's needs add comes
 * from others.
 * @throws RefstoreError READ_FAILED when the file or the data root itself cannot be read; LIMIT_EXCEEDED, ABORTED
 */
export async function gatherFacts(location: LocatedStore, options: GatherOptions): Promise<Facts> {
  const { dataRoot, driver, why } = location;
  if (options.level === 'file' || dataRoot === undefined || driver === undefined) {
    return { file: await gatherFileFacts(location, options) };
  }
  const root = Folder.open(dataRoot);
  const problems = new Problems();
  const tracker = new ProgressTracker(options);
  const graph = new GraphDriver(root, driver, options.level === 'full');
  // Before the images are listed: of an image that is pulled meanwhile the daemon writes the reference last.
  const file = await gatherFileFacts(location, options);
  const imageDb = openImageDb(root, driver, { graph, tracker, problems });
  const containers = await readContainers(root, driver, { tracker, problems });
  const images = await imageDb.read();
  const { containerdRoot } = options;
  const { kept, damaged } = await readContentStore(root, { tracker, problems, containerdRoot });
  const blocked = blockedFolders(root, driver);
  const facts: DataRootFacts = {
    path: dataRoot,
    driver,
    why,
    ...('reason' in images ? { imagesUnread: images } : { images }),
    ...(blocked.length > 0 && { blockedFolders: blocked }),
    ...(graph.unread && { layerDataUnread: graph.unread }),
    ...(damaged && { containerdMetadata: damaged }),
    containers,
    otherStores: readOtherStores(root, driver),
    problems: problems.list,
  };
  const containerdRecords = await readContainerdImages(root, {
    tracker,
    containerdRoot: options.containerdRoot,
  });
  tracker.finish();
  return { file, dataRoot: facts, containerdRecords, digestProofs: digestProofs(kept, 'content:') };
}
