import type { Desk } from '../../consent/desk.ts';
import { grouped } from '../../domain/grouped.ts';
import { isNews } from '../../domain/journeys/entering.ts';
import { isDatabaseAway } from '../../store/database-failure.ts';
import { dropKept, type Kept, keepTriggers, keptTriggers } from '../../store/journeys/kept.ts';
import { enter, type Hit } from './enter.ts';
import type { Live } from './live.ts';

const KEPT = 'what begins a journey for someone who cannot be read is kept until they can, a week at most';
const LOST =
  'what began a journey for someone is a week old, and they still cannot be read: it begins nothing';
const FAILED = 'what was kept for someone could not be tried; it is tried again';

/** Begins what triggers ask for. Those of whom cannot be read are kept: in a minute nobody reads them again. */
export async function enterOrKeep(desk: Desk, live: Live, hits: readonly Hit[], now: Date): Promise<void> {
  const unread = await enter(desk, live, hits, now);
  if (unread.size === 0) return;
  const journey = live.journey._id;
  for (const [contact, of] of grouped(hits, (hit) => hit.contact)) {
    if (!unread.has(contact)) continue;
    const told = of.map(({ contact: _, ...one }) => one);
    if (await keepTriggers(desk.store, { journey, contact, told }, now))
      desk.log.error({ journey, contact }, KEPT);
  }
}

/** Tries what was kept. One person keeps no other from their turn; what is no news any more, or of a journey that was stopped, goes. */
export async function takeKept(desk: Desk, live: readonly Live[], now: Date): Promise<void> {
  for (const kept of await keptTriggers(desk.store)) {
    try {
      await takeOne(desk, live, kept, now);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      desk.log.error({ journey: kept.journey, contact: kept.contact, error }, FAILED);
    }
  }
}

async function takeOne(desk: Desk, live: readonly Live[], kept: Kept, now: Date): Promise<void> {
  const { journey, contact, told } = kept;
  const one = live.find((of) => of.journey._id === journey);
  const since = one === undefined ? [] : told.filter(({ at }) => at >= one.startedAt);
  const hits = since.filter(({ at }) => isNews(at, now)).map((of) => ({ contact, ...of }));
  if (one !== undefined && hits.length > 0 && (await enter(desk, one, hits, now)).has(contact)) return;
  if (since.length > hits.length) desk.log.error({ journey, contact }, LOST);
  await dropKept(desk.store, kept);
}
