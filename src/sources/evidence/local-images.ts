import type { Repositories } from '../../repositories/repositories.ts';

/** The images and names on this host, which evidence is matched against. */
export interface LocalImages {
  /** Platform ("linux/amd64") by image ID; undefined where it is not known. */
  readonly images: ReadonlyMap<string, string | undefined>;
  /** What the file holds; of a broken one, its whole entries. */
  readonly repositories: Repositories;
}
