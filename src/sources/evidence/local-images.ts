import type { Repositories } from '../../repositories/repositories.ts';

/** What of images and names is on this host: all that evidence is weighed against. */
export interface LocalImages {
  /** Platform ("linux/amd64") by image ID; undefined where it is not known. */
  readonly images: ReadonlyMap<string, string | undefined>;
  /** What the file holds; of a broken one, its whole entries. */
  readonly repositories: Repositories;
}
