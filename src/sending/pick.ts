import {
  ANSWERS,
  type ClosedLanes,
  inTurn,
  isMarketing,
  type Lane,
  type ServedLanes,
} from '../domain/sending/lanes.ts';
import { type Due, findDue, findDueLanes } from '../store/deliveries/due.ts';
import type { Store } from '../store/store.ts';

/** How much wider than wanted one looks while other workers take the same rows. */
const SPREAD = 4;

/** Where one looks for rows that are due. */
export type Picking = {
  sender: string;
  serves: ServedLanes;
  now: Date;
  most: number;
  last: Lane | null;
  contended: boolean;
  closed: ClosedLanes;
  closedKnown: () => Promise<void> | null;
  /** Contacts that are being answered: none of their other answers is picked meanwhile. */
  answering: ReadonlySet<string>;
};

/**
 * Up to `most` due rows: answers first, one to a person, then what was ordered, then one campaign after the other from behind
 * the one that was served last; none from `closed` lanes. `contended`: from a random place near the front, for other workers
 * pick there too.
 */
export async function pickDue(store: Store, from: Picking): Promise<Due[]> {
  const picked = from.serves === 'rest' || from.closed.has(ANSWERS) ? [] : await pickAnswers(store, from);
  if (from.serves === 'answers' || picked.length >= from.most) return picked;
  const lanes = await findDueLanes(store, from.sender, from.now, ANSWERS);
  const open = (await knownOf(lanes, from.closedKnown)).filter((lane) => !from.closed.has(lane));
  for (const lane of inTurn(open, from.last)) {
    const wanted = from.most - picked.length;
    if (wanted <= 0) break;
    picked.push(...(await pickFrom(store, from, lane, wanted)));
  }
  return picked;
}

/** The oldest due answer to each person, and confirmations of opt-outs, which wait for none. */
async function pickAnswers(store: Store, from: Picking): Promise<Due[]> {
  const answered = new Set<string>();
  const found = await pickFrom(store, from, ANSWERS, from.most, [...from.answering]);
  return found.filter(({ contact, class: of }) => {
    if (of === 'opt-out-confirmation') return true;
    const isFirst = !answered.has(contact);
    answered.add(contact);
    return isFirst;
  });
}

async function pickFrom(
  store: Store,
  { sender, now, contended }: Picking,
  lane: Lane,
  wanted: number,
  without: readonly string[] = [],
): Promise<Due[]> {
  const limit = contended ? wanted * SPREAD : wanted;
  const found = await findDue(store, { sender, lane, now, limit, without });
  const skip = Math.floor(Math.random() * (Math.max(0, found.length - wanted) + 1));
  return found.slice(skip, skip + wanted);
}

/** Those of which it is known whether they are closed. Orders are not kept waiting for that: offers come after them. */
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
