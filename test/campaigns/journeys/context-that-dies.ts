import type { AppContext } from '../../../src/consent/app-context.ts';
import type { Store } from '../../../src/store/store.ts';

const WRITES = ['insertOne', 'updateOne', 'updateMany', 'bulkWrite'];
const WRITTEN = ['marks', 'journeys', 'journeyRuns', 'deliveries'] as const;

export class Killed extends Error {}

/**
 * A context whose process dies at its `nth` write, before the write or right after it. `writes` returns how many
 * writes there were.
 */
export function contextThatDies(
  context: AppContext,
  nth: number,
  when: 'before' | 'after',
): { context: AppContext; writes: () => number } {
  let writes = 0;
  const guarded = <T extends object>(collection: T): T =>
    new Proxy(collection, {
      get: (target, name) => {
        const found = Reflect.get(target, name);
        if (typeof found !== 'function') return found;
        if (!WRITES.includes(String(name))) return found.bind(target);
        return async (...given: unknown[]) => {
          writes += 1;
          const mine = writes;
          // A dead process writes nothing more.
          if (mine > nth || (mine === nth && when === 'before')) throw new Killed();
          const result = await found.apply(target, given);
          if (mine === nth) throw new Killed();
          return result;
        };
      },
    });
  const store = { ...context.store } as Store;
  for (const name of WRITTEN) Object.assign(store, { [name]: guarded(store[name]) });
  return { context: { ...context, store }, writes: () => writes };
}
