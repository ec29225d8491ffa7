import type { Desk } from '../../consent/desk.ts';
import { compile } from '../../domain/segments/compile/compile.ts';
import type { Resolved } from '../../domain/segments/tree.ts';
import { readAudience } from '../../store/campaigns/audience.ts';
import { noteSweep } from '../../store/journeys/journeys.ts';
import { enter } from './enter.ts';
import type { Live } from './live.ts';
import { pauseSealed } from './pause-sealed.ts';
import type { MayGoOn } from './take-triggers.ts';

/** People of one slice, and most slices before other journeys have their turn. */
const SLICE = 500;
const MOST_SLICES = 10;

/** From one reading of a segment to the next, ms: reading a hundred thousand who are in it already takes seconds. */
const AGAIN_MS = 15 * 60_000;

/**
 * Takes in who belongs to a journey's segment now and has consented, slice by slice in the order of ids. How far it
 * came is noted after each slice; a slice read twice begins nothing twice. True where more is left. Nobody is taken
 * in by a segment that asks what has been sealed: the journey is paused.
 */
export async function takeSegment(desk: Desk, live: Live, now: Date, mayGoOn: MayGoOn): Promise<boolean> {
  const { journey, plan } = live;
  const { sweep, program } = journey;
  if (plan.trigger.kind !== 'segment' || sweep === null || sweep.dueAt > now) return false;
  if (await pauseSealed(desk, journey, [plan])) return false;
  const consented: Resolved = { kind: 'subscription', state: 'subscribed', program };
  const who = compile({ kind: 'all', of: [plan.trigger.segment.resolved, consented] }, now);
  let { after } = sweep;
  for (let slice = 0; slice < MOST_SLICES; slice += 1) {
    const page = await readAudience(desk.store, who, { after, limit: SLICE });
    const hits = page.people.map(({ _id: contact }) => ({ contact, at: now }));
    await enter(desk, live, hits, now);
    after = page.to;
    const over = page.complete;
    const dueAt = new Date(now.getTime() + AGAIN_MS);
    const noted = await noteSweep(desk.store, journey, over ? { after: null, dueAt } : { ...sweep, after });
    if (over || !noted) return false;
    if (!(await mayGoOn())) return false;
  }
  return true;
}
