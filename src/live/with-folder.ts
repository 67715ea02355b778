import { OpenFolder } from '../store/open-folder.ts';

/** Does work with a folder held open. */
export async function withFolder<T>(path: string, work: (folder: OpenFolder) => Promise<T>): Promise<T> {
  const folder = await OpenFolder.open(path, { followLink: true });
  try {
    return await work(folder);
  } finally {
    await folder.close();
  }
}

/** Makes what was renamed, made or removed in a folder last through a power cut. */
export async function syncFolder(path: string): Promise<void> {
  await withFolder(path, (folder) => folder.sync());
}
