import type { Channel, ConsentState } from '../consent/consent-state.ts';
import { DAY_MS, MINUTE_MS } from '../durations.ts';
import type { MessageClass } from '../sending/lanes.ts';
import { dateAfter, instantOf, wallTimeAt } from './local-time.ts';
import { HOUR_RULES, HOURS_VERSION, hoursOn, rulesOn } from './state-hours.ts';
import type { Whereabouts } from './zones-of-person.ts';

/** The rule that a text waits for, and on which clock. */
type HeldBy = { jurisdiction: string; zone: string; source: string; version: string };

export type HoursVerdict =
  /** `until`: when the hours end, the first ms in which it may no longer go; null where no hours bind. */
  | { kind: 'allowed'; until: Date | null }
  /** `next`: the first moment at which it may go. */
  | { kind: 'held'; next: Date; by: HeldBy }
  /** No moment within eight days suits every zone and state; only a person can tell where they are. */
  | { kind: 'none'; by: HeldBy };

const HORIZON_DAYS = 8;

/**
 * Whether a message may go at a moment, by every rule on hours that may bind, in every zone that may be the person's.
 * Only marketing is bound. `spareMs`: how long before the hours end it must go, so that no carrier's queue delivers
 * it after them.
 */
export function mayTextAt(of: MessageClass, where: Whereabouts, now: Date, spareMs = 0): HoursVerdict {
  if (of !== 'marketing') return { kind: 'allowed', until: null };
  const bounds = boundsOf(where);
  const last = now.getTime() + HORIZON_DAYS * DAY_MS;
  let at = now.getTime();
  let until = Number.POSITIVE_INFINITY;
  let by: HeldBy | null = null;
  for (let agreed = 0, n = 0; agreed < bounds.length; n++) {
    const bound = bounds[n % bounds.length];
    if (bound === undefined) break;
    const opening = nextOpening(bound, at, spareMs);
    if (opening.from > at) {
      at = opening.from;
      by = opening.by;
      until = opening.until;
      agreed = 0;
      if (at > last) return { kind: 'none', by };
    }
    until = Math.min(until, opening.until);
    agreed++;
  }
  return by === null ? { kind: 'allowed', until: new Date(until) } : { kind: 'held', next: new Date(at), by };
}

/** A jurisdiction with rules on hours, and a clock they go by. */
type Bound = { jurisdiction: string; clock: string };

/** Each jurisdiction on each clock. RangeError where nothing would bind: then nobody asked where the person is. */
function boundsOf({ jurisdictions, zones }: Whereabouts): Bound[] {
  const bounds = jurisdictions.flatMap((jurisdiction) =>
    clocksOf(jurisdiction, zones).map((clock) => ({ jurisdiction, clock })),
  );
  if (bounds.length === 0) throw new RangeError('Hours are asked of a person for whom no rule binds.');
  return bounds;
}

function clocksOf(jurisdiction: string, zones: string[]): string[] {
  const rule = HOUR_RULES.find((one) => one.jurisdiction === jurisdiction);
  if (rule === undefined) return [];
  return rule.clock === null ? zones : [rule.clock];
}

/** `from` is the moment asked about, or later. */
type Opening = { from: number; until: number; by: HeldBy };

/**
 * The first hours of a bound of which more than `spareMs` is left. Where clocks go back over a border, the hours begin
 * at its last showing and end at its first, so that the clock shows permitted hours all the time.
 */
function nextOpening({ jurisdiction, clock }: Bound, at: number, spareMs: number): Opening {
  const today = wallTimeAt(clock, new Date(at)).date;
  let stretch = stretchOf(jurisdiction, clock, today);
  for (let day = 1; day <= HORIZON_DAYS + 1; day++) {
    const { opens, until, by } = stretch;
    if (Math.max(at, opens) + spareMs < until) return { from: Math.max(at, opens), until, by };
    stretch = stretchOf(jurisdiction, clock, dateAfter(today, day));
  }
  return { from: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY, by: stretch.by };
}

/** The hours of one date; closed where they end before they begin. */
type Stretch = { opens: number; until: number; by: HeldBy };
const STRETCHES = new Map<string, Stretch>();
const MOST_KEPT = 20_000;

/** A campaign asks the same of a million people, so that answers are kept. */
function stretchOf(jurisdiction: string, clock: string, date: string): Stretch {
  const key = `${jurisdiction} ${clock} ${date}`;
  const known = STRETCHES.get(key);
  if (known !== undefined) return known;
  const rule = rulesOn(jurisdiction, date)[0];
  const hours = rule === undefined ? ALL_DAY : (hoursOn(rule, date) ?? CLOSED);
  const stretch = {
    opens: instantOf(clock, { date, minutes: hours.from }, 'last').getTime(),
    until: instantOf(clock, { date, minutes: hours.to }).getTime(),
    by: { jurisdiction, zone: clock, source: rule?.source ?? '', version: HOURS_VERSION },
  };
  if (STRETCHES.size >= MOST_KEPT) STRETCHES.clear();
  STRETCHES.set(key, stretch);
  return stretch;
}

const CLOSED = { from: 0, to: 0 };
/** A day on which a rule that begins later, or has ended, does not hold. */
const ALL_DAY = { from: 0, to: 1440 };

/**
 * When a message that is due may go at the earliest, by every rule on hours that may bind; when it is due where no moment
 * of the next days suits them all. `spareMs`: as of `mayTextAt`. RangeError where no rule binds a marketing message.
 */
export function mayGoFrom(of: MessageClass, where: Whereabouts, due: Date, spareMs: number): Date {
  const verdict = mayTextAt(of, where, due, spareMs);
  return verdict.kind === 'held' ? verdict.next : due;
}

/** How long after a form was sent in whoever filled it in still looks at their phone, ms. A choice. */
export const JUST_ASKED_MS = 10 * MINUTE_MS;

/** Doors at which the person fills in a form at that moment; a sheet, or notes of a call, may be keyed in at any hour. */
const FORMS: readonly Channel[] = ['WEB_FORM', 'MOBILE_QR_CODE'];

/** What hours may bind: of a question whether a text of theirs asked for it, and which it is. */
export type Bindable = { class: MessageClass; own?: boolean; prompt?: string | null };

/** A question that no text of theirs asked for: what it is o'clock decides whether it may go. */
export const asksUnasked = (message: Bindable): boolean => message.class === 'prompt' && message.own !== true;

/**
 * Whether the hours of a person's place bind a message: marketing always; a question by another door than their own text,
 * but where they have just sent in its form. Hours are the law's for marketing (47 CFR 64.1200(c)(1)); that they hold for
 * such a question is a choice: anybody may have given the number, and its holder sleeps.
 */
export function isBoundByHours(message: Bindable, person: Pick<ConsentState, 'prompts'>, now: Date): boolean {
  if (message.class === 'marketing') return true;
  if (!asksUnasked(message)) return false;
  const asked = person.prompts.find(({ id }) => id === message.prompt);
  if (asked === undefined || !FORMS.includes(asked.channel)) return true;
  return now.getTime() - asked.issuedAt.getTime() > JUST_ASKED_MS;
}
