import { parseRepositories } from '../repositories/parse.ts';
import { Repositories } from '../repositories/repositories.ts';
import { RepositoriesParseError } from '../repositories/repositories-parse-error.ts';

/** What the daemon holds after reading the file (an empty store for a missing file); undefined when it refuses the file. */
export function repositoriesOrUndefined(bytes: Uint8Array | undefined): Repositories | undefined {
  if (bytes === undefined) return Repositories.empty;
  try {
    return parseRepositories(bytes);
  } catch (error) {
    if (error instanceof RepositoriesParseError) return undefined;
    throw error;
  }
}
