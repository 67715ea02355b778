import { hash } from 'node:crypto';

/**
 * The name of a layer in layerdb: of the lowest its diff ID, else the sha256 of "<parent's chain ID> <diff ID>"
 * (OCI image spec, config.md, "Layer ChainID").
 * @param parent empty for the lowest layer
 */
export function chainId(parent: string, diffId: string): string {
  return parent === '' ? diffId : `sha256:${hash('sha256', `${parent} ${diffId}`)}`;
}
