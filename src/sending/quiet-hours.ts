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

/** A message that waits for hours in which it may go. */
export type Hold = {
  /** When it is looked at again: where there is no hour, no more than that. */
  until: Date;
  /** The rule, as its source is cited. */
  by: string;
  where: HeldWhere;
};

/** What hours have to say to one message: it waits, or may go until they end, where the person was taken to be; null where none bind it. */
type Bounds = { hold: Hold } | { hold: null; until: Date | null; where?: DecidedWhere };

/** So long before the hours end nothing leaves any more, ms: the carrier's own queue may take as long. */
export const CLOSING_MARGIN_MS = 15 * 60_000;

/** Where no hour of the next days suits every place a person may be in, one looks again after so long, ms. */
const NOWHERE_MS = DAY_MS;

const UNBOUND: Bounds = { hold: null, until: null };

/** Hours of one moment: people of one place share an answer, so that thousands a second can be asked about. */
export function quietHoursAt(
  now: Date,
): (message: Bindable, holder: OpenContact, program: Program | null) => Bounds {
  const known = new Map<string, HoursVerdict>();
  return (message, { person, stored, number }, program) => {
    if (program?.quietHours === 'off' || !isBoundByHours(message, person, now)) return UNBOUND;
    const where = zonesOfPerson(stored?.profile?.place ?? EMPTY_PROFILE.place, number);
    const key = [...where.zones, '', ...where.jurisdictions].join(' ');
    const verdict = known.get(key) ?? mayTextAt('marketing', where, now, CLOSING_MARGIN_MS);
    known.set(key, verdict);
    if (verdict.kind === 'allowed') {
      const { states: _, home: __, ...rest } = where;
      return { hold: null, until: verdict.until, where: { ...rest, version: HOURS_VERSION } };
    }
    const { source: by, zone } = verdict.by;
    const waits = { zone, ...evidenceOf(zone, where, number) };
    if (verdict.kind === 'held') return { hold: { until: verdict.next, by, where: waits } };
    return { hold: { until: new Date(now.getTime() + NOWHERE_MS), by, where: { ...waits, noHour: true } } };
  };
}

/** What says that they may live by a clock. One that binds beside the best is nothing sure. */
function evidenceOf(
  zone: string,
  { zones: [best = zone], source, confidence }: Whereabouts,
  number: string,
): Pick<Whereabouts, 'source' | 'confidence'> {
  if (clockOf(zone) === clockOf(best)) return { source, confidence };
  return { source: isClockOfNumber(zone, number) ? 'area-code' : source, confidence: 'weak' };
}
