import type { Language } from '../../domain/program.ts';
import { OF_CAMPAIGN } from '../deliveries/deliveries.ts';
import type { Store } from '../store.ts';

/** Planned people of a campaign with one wording in one language. `variant`: absent where it was not split. */
export type PlannedWith = { variant?: string; language: Language; people: number };

/** Longest that a count may take, ms. */
const COUNT_MS = 10_000;

/** Planned people of a campaign by the words that they are to get. Rejects where the database needs longer than it may. */
export async function plannedWith(store: Store, campaign: string): Promise<PlannedWith[]> {
  const by = { variant: '$variant', language: '$language' };
  const stages = [
    { $match: { campaign, state: 'planned' } },
    { $group: { _id: by, people: { $sum: 1 } } },
    { $replaceWith: { $mergeObjects: ['$_id', { people: '$people' }] } },
  ];
  return store.deliveries
    .aggregate<PlannedWith>(stages, { hint: OF_CAMPAIGN, maxTimeMS: COUNT_MS })
    .toArray();
}
