import { Folder } from '../system/folder.ts';
import type { StoreLocation } from './stores.ts';

/** A decimal number. */
const sizeLimit = 32;

/** The size of all layers of a graph driver, unpacked, as its layer database says (moby v28.5.2 layer/filestore.go). */
export function readLayerBytes({ dataRoot, driver }: StoreLocation): number {
  if (dataRoot === undefined || driver === undefined) return 0;
  const layers = Folder.open(dataRoot).folder('image', driver, 'layerdb', 'sha256');
  if (!(layers instanceof Folder)) return 0;
  let sum = 0;
  for (const { name, kind } of layers.list()) {
    const size = kind === 'folder' ? layers.read(`${name}/size`, sizeLimit) : undefined;
    const bytes = size === undefined || 'problem' in size ? 0 : Number(size.toString('latin1'));
    if (Number.isSafeInteger(bytes) && bytes > 0) sum += bytes;
  }
  return sum;
}
