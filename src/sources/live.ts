import { liveRepositories } from '../engine/live.ts';
import { RefstoreError } from '../errors.ts';
import { assertNothing, type Transport } from './claim-source.ts';
import { claimsOfEntries } from './stored-claims.ts';

const spec = 'live:';

/** What the running daemon has in memory: it loses nothing when the file is lost, until it stops. */
export const live: Transport = {
  name: 'live',
  usage: spec,
  summary: 'what the running daemon has in memory',
  open(rest) {
    assertNothing('live', rest);
    return {
      spec,
      async claims({ engine: connect, signal }) {
        if (connect === undefined) {
          throw new RefstoreError(
            'SOURCE_FAILED',
            `${spec} asks the daemon, and none is known for this store`,
            {
              hint: 'start it, or name it with --host',
              details: { source: spec },
            },
          );
        }
        const engine = connect();
        const repositories = await liveRepositories(engine, { signal });
        const detail = `memory of the daemon at ${engine.host}`;
        return {
          claims: claimsOfEntries(repositories.entries(), { source: spec, proof: 'memory', detail }),
          problems: [],
        };
      },
    };
  },
};
