import type { EndedBefore } from '../../consent/review/end-again.ts';
import { itemOf } from '../../consent/review/item-of.ts';
import { closedIn } from '../../consent/scopes.ts';
import { isMarked } from '../../domain/consent/opting-out.ts';
import { type ConsentEventDoc, entriesOf } from '../../store/consent/consent-events.ts';
import type { Store } from '../../store/store.ts';
import type { Contact } from '../find-contact.ts';

/** `isMarked`: as somebody who is not the person we mean. */
type CutOff = EndedBefore & { isMarked: boolean };

/**
 * What somebody ended of a person by this item, which is open all the same, having read as far: that request was cut off
 * between the opt-out and the item. Null where nothing was, or compliance overturned it since. Throws `SealBroken`.
 */
export async function cutOffBefore(
  store: Store,
  { item, actor, read }: { item: string; actor: string; read: string },
  { id, keys }: Contact,
): Promise<CutOff | null> {
  const chain = await entriesOf(store, id, ['withdrawn', 'released', 'overturned']);
  const overturned = chain.flatMap(({ kind, answers }) => (kind === 'overturned' ? [answers] : []));
  const isOfOrder = (entry: ConsentEventDoc): boolean => {
    if (entry.kind === 'overturned' || overturned.includes(entry.seq)) return false;
    const of = itemOf(entry, keys.evidence);
    return entry.actor === actor && of?.item === item && of.read === read;
  };
  const entries = chain.filter(isOfOrder);
  const last = entries.at(-1);
  const scopes = closedIn(entries);
  if (last === undefined || scopes.length === 0) return null;
  return { contact: id, scopes, seq: last.seq, isMarked: entries.some(({ reason }) => isMarked(reason)) };
}
