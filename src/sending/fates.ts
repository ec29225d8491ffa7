import type { CapHit } from '../domain/caps/caps.ts';
import { DAY_MS } from '../domain/durations.ts';
import { isOfJourney } from '../domain/sending/lanes.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import type { Held, Refused } from '../store/deliveries/due.ts';
import type { Cleared } from './gate.ts';
import type { Hold } from './quiet-hours.ts';

/** What one look at one row came to. */
export type Fate = { cleared: Cleared } | { refused: Refused } | { held: Held } | { unreadable: Held };

/** A message whose cap frees later is looked at so often, ms: the cap may have been changed meanwhile. */
const LOOK_MS = DAY_MS;

/**
 * When one comes back that gave way to a rival, ms: from, and up to so much more by chance. The lower id before any
 * other has reason to, and long after a round is over.
 */
const GAVE_WAY_MS = { lower: { from: 200, more: 300 }, other: { from: 2000, more: 3000 } };

/**
 * Hours keep it until they open. Where none of the next days has any, the place of the person must be put right: a campaign
 * is not kept open by that, and who missed it is told there; nor does a journey's message gather with those of later runs. A
 * message of its own waits for it.
 */
export function heldFate(row: DeliveryDoc, { until, by: heldBy, where: heldWhere }: Hold): Fate {
  const why = { heldBy, heldWhere };
  if (heldWhere.noHour && (row.campaign !== undefined || isOfJourney(row.lane)))
    return { refused: { row, reasons: ['quiet-hours'], ...why } };
  return waitFate(row, { id: row._id, until, ...why });
}

/** It waits until then; what is good for less long than that ends. Of a campaign the deadline may still be moved. */
export function waitFate(row: DeliveryDoc, held: Held): Fate {
  const { id: _, until, ...why } = held;
  const tooLong = row.campaign === undefined && row.validUntil !== undefined && row.validUntil <= until;
  return tooLong ? { refused: { row, reasons: ['too-late'], ...why } } : { held };
}

/** It waits for the cap to let it go; where it is not to wait, or not so long, it ends. */
export function cappedFate(row: DeliveryDoc, hit: CapHit, now: Date): Fate {
  const tooLong = row.validUntil !== undefined && row.validUntil <= hit.frees;
  if (row.ifCapped === 'skip' || tooLong) return { refused: { row, reasons: ['capped'], cappedBy: hit } };
  const until = new Date(Math.min(hit.frees.getTime(), now.getTime() + LOOK_MS));
  return { held: { id: row._id, until, cappedBy: hit } };
}

export function gaveWay({ _id: id }: DeliveryDoc, rivals: readonly string[], now: Date): Held {
  const { from, more } = rivals.every((rival) => id < rival) ? GAVE_WAY_MS.lower : GAVE_WAY_MS.other;
  return { id, until: new Date(now.getTime() + from + Math.random() * more) };
}
