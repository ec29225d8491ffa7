import { EMPTY_PROFILE } from '../domain/contacts/profile.ts';
import { DAY_MS } from '../domain/durations.ts';
import {
  type Bindable,
  type HoursVerdict,
  isBoundByHours,
  mayTextAt,
} from '../domain/hours/permitted-hours.ts';
import { HOURS_VERSION } from '../domain/hours/state-hours.ts';
import { clockOf } from '../domain/hours/zone-tables.ts';
import {
  type DecidedWhere,
  isClockOfNumber,
  type Whereabouts,
  zonesOfPerson,
} from '../domain/hours/zones-of-person.ts';
import type { Program } from '../domain/program.ts';
import type { HeldWhere } from '../domain/sending/delivery-sentence.ts';
import type { OpenContact } from '../store/contacts/open-contact.ts';

/** A message that waits for permitted hours. */
export type Hold = {
  /** When the message is checked again. Where no permitted hour exists, only the time of the next check. */
  until: Date;
  /** The rule that forbids the message, as its source is cited. */
  by: string;
  where: HeldWhere;
};

/**
 * What quiet hours mean for one message: wait (`hold`), or send before the permitted hours end (`until`). `where`:
 * the place of the person. `until` is null where no hours apply.
 */
type Bounds = { hold: Hold } | { hold: null; until: Date | null; where?: DecidedWhere };

/** Nothing is sent in this last stretch of the permitted hours, ms: the carrier's own queue may take as long. */
export const CLOSING_MARGIN_MS = 15 * 60_000;

/**
 * Delay until the next check where no permitted hour exists in the next days for every place the person may be in,
 * ms.
 */
const NOWHERE_MS = DAY_MS;

const UNBOUND: Bounds = { hold: null, until: null };

/**
 * Quiet hours at one moment. People in the same place share a result, so that thousands of messages a second can be
 * checked.
 */
export function quietHoursAt(
  now: Date,
): (message: Bindable, holder: OpenContact, program: Program | null) => Bounds {
  const known = new Map<string, HoursVerdict>();
  return (message, { person, stored, number }, program) => {
    if (program?.quietHours === 'off' || !isBoundByHours(message, person, now)) return UNBOUND;
    const whereabouts = zonesOfPerson(stored?.profile?.place ?? EMPTY_PROFILE.place, number);
    const key = [...whereabouts.zones, '', ...whereabouts.jurisdictions].join(' ');
    const verdict = known.get(key) ?? mayTextAt('marketing', whereabouts, now, CLOSING_MARGIN_MS);
    known.set(key, verdict);
    if (verdict.kind === 'allowed') {
      const { states: _, home: __, ...rest } = whereabouts;
      return { hold: null, until: verdict.until, where: { ...rest, version: HOURS_VERSION } };
    }
    const { source: by, zone } = verdict.by;
    const waits = { zone, ...evidenceOf(zone, whereabouts, number) };
    if (verdict.kind === 'held') return { hold: { until: verdict.next, by, where: waits } };
    return { hold: { until: new Date(now.getTime() + NOWHERE_MS), by, where: { ...waits, noHour: true } } };
  };
}

/**
 * How we know that the person may live in the deciding zone. A zone other than the most probable one is weak
 * evidence.
 */
function evidenceOf(
  zone: string,
  { zones: [best = zone], source, confidence }: Whereabouts,
  number: string,
): Pick<Whereabouts, 'source' | 'confidence'> {
  if (clockOf(zone) === clockOf(best)) return { source, confidence };
  return { source: isClockOfNumber(zone, number) ? 'area-code' : source, confidence: 'weak' };
}
