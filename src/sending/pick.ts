import { type ClosedLanes, inTurn, isMarketing, type Lane } from '../domain/sending/lanes.ts';
import { type Due, findDue, findDueLanes } from '../store/deliveries/due.ts';
import type { Store } from '../store/store.ts';

/** How much wider than wanted one looks while other workers take the same rows. */
const SPREAD = 4;

/**
 * Up to `most` due rows: answers first, then what was ordered, then one campaign after the other from behind the
 * one that was served last; none from `closed` lanes. `contended`: from a random place near the front, for other workers pick there too.
 */
export async function pickDue(
  store: Store,
  from: {
    sender: string;
    now: Date;
    most: number;
    last: Lane | null;
    contended: boolean;
    closed: ClosedLanes;
    closedKnown: () => Promise<void> | null;
  },
): Promise<Due[]> {
  const picked: Due[] = [];
  const lanes = await findDueLanes(store, from.sender, from.now);
  const open = (await knownOf(lanes, from.closedKnown)).filter((lane) => !from.closed.has(lane));
  for (const lane of inTurn(open, from.last)) {
    const wanted = from.most - picked.length;
    if (wanted <= 0) break;
    const limit = from.contended ? wanted * SPREAD : wanted;
    const found = await findDue(store, { sender: from.sender, lane, now: from.now, limit });
    const skip = Math.floor(Math.random() * (Math.max(0, found.length - wanted) + 1));
    picked.push(...found.slice(skip, skip + wanted));
  }
  return picked;
}

/** Those of which it is known whether they are closed. Answers and orders are not kept waiting for that: offers come after them. */
async function knownOf(
  lanes: readonly Lane[],
  closedKnown: () => Promise<void> | null,
): Promise<readonly Lane[]> {
  const known = lanes.some(isMarketing) ? closedKnown() : null;
  if (known === null) return lanes;
  if (!lanes.every(isMarketing)) return lanes.filter((lane) => !isMarketing(lane));
  await known;
  return lanes;
}
