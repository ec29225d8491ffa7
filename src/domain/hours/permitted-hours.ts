import type { Channel } from '../consent/channels.ts';
import type { ConsentState } from '../consent/consent-state.ts';
import { DAY_MS, MINUTE_MS } from '../durations.ts';
import type { MessageClass } from '../sending/lanes.ts';
import { dateAfter, instantOf, wallTimeAt } from './local-time.ts';
import { HOUR_RULES, HOURS_VERSION, hoursOn, rulesOn } from './state-hours.ts';
import type { Whereabouts } from './zones-of-person.ts';

/** The rule for which a text waits, and the clock by which it waits. */
type HeldBy = { jurisdiction: string; zone: string; source: string; version: string };

export type HoursVerdict =
  /** `until`: the first ms in which the message may no longer be sent; null where no hours apply. */
  | { kind: 'allowed'; until: Date | null }
  /** `next`: the first moment at which the message may be sent. */
  | { kind: 'held'; next: Date; by: HeldBy }
  /** No moment within eight days suits every zone and state. Only a person can find out where the contact is. */
  | { kind: 'none'; by: HeldBy };

const HORIZON_DAYS = 8;

/**
 * Whether a message may be sent at a moment, by every quiet-hours rule that may apply, in every zone that may be the
 * person's. Hours apply only to marketing. `spareMs`: how long before the end of the hours the message must be sent,
 * so that no carrier's queue delivers it after them.
 */
export function mayTextAt(
  messageClass: MessageClass,
  whereabouts: Whereabouts,
  now: Date,
  spareMs = 0,
): HoursVerdict {
  if (messageClass !== 'marketing') return { kind: 'allowed', until: null };
  const bounds = boundsOf(whereabouts);
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

/** A jurisdiction with rules on hours, and a clock by which they apply. */
type Bound = { jurisdiction: string; clock: string };

/**
 * Each jurisdiction with each clock. Throws RangeError where no rule would apply, because then the person's place was
 * never looked up.
 */
function boundsOf({ jurisdictions, zones }: Whereabouts): Bound[] {
  const bounds = jurisdictions.flatMap((jurisdiction) =>
    clocksOf(jurisdiction, zones).map((clock) => ({ jurisdiction, clock })),
  );
  if (bounds.length === 0)
    throw new RangeError('Permitted hours were requested for a person whom no rule binds.');
  return bounds;
}

function clocksOf(jurisdiction: string, zones: string[]): string[] {
  const rule = HOUR_RULES.find((hourRule) => hourRule.jurisdiction === jurisdiction);
  if (rule === undefined) return [];
  return rule.clock === null ? zones : [rule.clock];
}

/** `from` is the requested moment, or later. */
type Opening = { from: number; until: number; by: HeldBy };

/**
 * The first permitted hours with more than `spareMs` left. Where a clock that goes back shows a boundary twice, the
 * hours begin at the last showing and end at the first, so that the clock shows permitted hours throughout.
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

/** The permitted hours of one date. None where they end before they begin. */
type Stretch = { opens: number; until: number; by: HeldBy };
const STRETCHES = new Map<string, Stretch>();
const MOST_KEPT = 20_000;

/** Cached: a campaign asks the same for a million people. */
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
/** For a day on which a rule has not begun, or has ended. */
const ALL_DAY = { from: 0, to: 1440 };

/**
 * The earliest moment at which a due message may be sent, by every quiet-hours rule that may apply; the due time
 * where no moment of the next days suits them all. `spareMs`: as in `mayTextAt`. Throws RangeError where no rule
 * applies to a marketing message.
 */
export function mayGoFrom(
  messageClass: MessageClass,
  whereabouts: Whereabouts,
  due: Date,
  spareMs: number,
): Date {
  const verdict = mayTextAt(messageClass, whereabouts, due, spareMs);
  return verdict.kind === 'held' ? verdict.next : due;
}

/** How long after a person submits a form they are still looking at their phone, ms. Our choice. */
export const JUST_ASKED_MS = 10 * MINUTE_MS;

/**
 * Channels on which the person submits a form at that moment. Paper sheets and call notes may be keyed in at any
 * hour.
 */
const FORMS: readonly Channel[] = ['WEB_FORM', 'MOBILE_QR_CODE'];

/** A message to check against quiet hours. For a prompt: which one, and whether the person's own text asked for it. */
export type Bindable = { class: MessageClass; own?: boolean; prompt?: string | null };

/** A prompt that no text of the person asked for. The time of day decides whether it may be sent. */
export const asksUnasked = (message: Bindable): boolean => message.class === 'prompt' && message.own !== true;

/**
 * Whether the hours of a person's place apply to a message. They always apply to marketing. They apply to a prompt
 * that the person's own text did not ask for, unless they have just submitted its form. For marketing the law demands
 * it (47 CFR 64.1200(c)(1)). For such a prompt it is our choice: anyone may have entered the number, and its holder
 * may be asleep.
 */
export function isBoundByHours(message: Bindable, person: Pick<ConsentState, 'prompts'>, now: Date): boolean {
  if (message.class === 'marketing') return true;
  if (!asksUnasked(message)) return false;
  const asked = person.prompts.find(({ id }) => id === message.prompt);
  if (asked === undefined || !FORMS.includes(asked.channel)) return true;
  return now.getTime() - asked.issuedAt.getTime() > JUST_ASKED_MS;
}
