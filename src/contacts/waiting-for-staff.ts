import type { AppContext } from '../consent/app-context.ts';
import { listHolds } from '../consent/review/list-holds.ts';
import type { StaffLimit } from '../domain/access/program-limits.ts';
import { openItems } from '../store/consent/inbox.ts';
import { openHolds } from '../store/consent/suppressions.ts';
import { listInbox } from './inbox-list.ts';

/** What waits for a person: texts that no rule could answer, and texts that may be an opt-out. */
type WaitingForStaff = {
  /** `oldest`: when the text that waits longest arrived; null while none waits. `alarms`: items that come first. */
  inbox: { count: number; oldest: Date | null; alarms: number };
  /** `firstEnd`: when the first timer ends in an opt-out; null while none runs. */
  holds: { count: number; firstEnd: Date | null };
};

/** Most that are counted for somebody who works on a few programs alone. */
const MOST_COUNTED = 500;

type WaitingContext = Pick<AppContext, 'catalog' | 'now' | 'ring' | 'store'>;

/** `within`: programs whose people are counted; empty: everybody. */
export async function waitingForStaff(
  context: WaitingContext,
  within: StaffLimit = [],
): Promise<WaitingForStaff> {
  if (within.length > 0) return waitingWithin(context, within);
  const [inbox, holds] = await Promise.all([openItems(context.store), openHolds(context.store)]);
  return { inbox, holds };
}

async function waitingWithin(context: WaitingContext, within: StaffLimit): Promise<WaitingForStaff> {
  const first = { after: null, limit: MOST_COUNTED, within };
  const [inbox, holds] = await Promise.all([
    listInbox(context, { ...first, state: 'open' }),
    listHolds(context, first),
  ]);
  const arrivals = inbox.items.map(({ receivedAt }) => receivedAt.getTime());
  return {
    inbox: {
      count: inbox.items.length,
      oldest: arrivals.length === 0 ? null : new Date(Math.min(...arrivals)),
      alarms: inbox.items.filter(({ alarm }) => alarm !== null).length,
    },
    holds: { count: holds.items.length, firstEnd: holds.items[0]?.endsAt ?? null },
  };
}
