import type { Filter } from '../../domain/segments/compile/filter.ts';
import { estimated } from '../../domain/segments/estimate.ts';
import { contactsInAll, type Gathered, sampleAudience } from '../../store/campaigns/audience.ts';
import type { Store } from '../../store/store.ts';

/** So many of a sample must fit: the estimate is then right within a tenth, 95 times in a hundred. */
const LEAST_FITTING = 400;

/** How many fit, by a fair sample of all contacts, with some of their ids; null where hardly anybody of it fits. */
export async function estimateAudience(
  store: Store,
  who: Filter,
  asked: { of: number; some: number },
): Promise<Gathered | null> {
  const [{ of, fitting, ids }, all] = await Promise.all([
    sampleAudience(store, [who], asked),
    contactsInAll(store),
  ]);
  const [fit = 0] = fitting;
  // A sample of everybody is a count.
  if (fit < LEAST_FITTING && of < all) return null;
  return { people: estimated(fit, of, all).people, ids };
}
