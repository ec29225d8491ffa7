import type { WhenCapped } from '../caps/cap-rules.ts';
import { wallTimeAt } from '../hours/local-time.ts';
import { mayTextAt } from '../hours/permitted-hours.ts';
import type { Whereabouts } from '../hours/zones-of-person.ts';
import { REASONS } from '../sending/send-rules.ts';

/** Why a preview counts a person as refused: a reason of the gate or the planner, or one that only a preview has. */
export const PREVIEW_REFUSALS = {
  ...REASONS,
  unreadable: 'No key of this process can decrypt the person.',
  'other-campaign': 'The person gets another campaign whose people the segment leaves out.',
} as const;
export type PreviewRefusal = keyof typeof PREVIEW_REFUSALS;

/**
 * A person who may get a campaign's message: when the message is due, where the person may be, and the message's
 * parts. `capFrees`: until when a frequency cap keeps the message back; null: no cap does.
 */
export type Addressee = { due: Date; where: Whereabouts; parts: number; capFrees: Date | null };

export type Terms = {
  /**
   * `perSecond`: parts per second that the senders take. `weight`: how many people each addressee of the sample
   * stands for.
   */
  perSecond: number;
  weight: number;
  deadline: Date | null;
  /** What happens to a message that a frequency cap keeps back. */
  capped: WhenCapped;
  /** `quietHours`: whether quiet hours apply. `spareMs`: how long before quiet hours begin sending stops, ms. */
  quietHours: boolean;
  spareMs: number;
};

/**
 * The forecast for one addressee. `held`: the last quiet hours that the message waits for, and the rule behind
 * them, as cited. `cap`: the frequency cap that was found to keep the message back; null: none was.
 */
export type ForecastOutcome = {
  /**
   * When the message is handed over. Null: never, because the deadline comes first, because no hour is allowed in
   * every place where the person may be, or because of a frequency cap.
   */
  at: Date | null;
  why: 'deadline' | 'nowhere' | 'capped' | null;
  held: { until: Date; by: string } | null;
  cap: { foundAt: Date; frees: Date } | null;
};

/**
 * Forecasts when each message is sent, one outcome for each addressee, in the addressees' order. The simulation
 * sends the oldest due message first, at the speed of the senders, within the hours allowed wherever the person may
 * be: what the dispatcher would do if nothing else were sent. Like the dispatcher, it looks at caps only when the
 * hour allows the message. `end`: when the last message is sent; null: no message is.
 */
export function forecast(
  people: readonly Addressee[],
  terms: Terms,
): { outcomes: ForecastOutcome[]; end: Date | null } {
  const outcomes = people.map((): ForecastOutcome => ({ at: null, why: null, held: null, cap: null }));
  const hours = rememberHours(terms);
  const queue = people.map(({ due }, place) => ({ place, at: due.getTime() })).sort((a, b) => a.at - b.at);
  const held: Waiting[] = [];
  const deadline = terms.deadline?.getTime() ?? Number.POSITIVE_INFINITY;
  let clock = Number.NEGATIVE_INFINITY;
  for (let first = 0; first < queue.length || held.length > 0; ) {
    const next = earlier(queue[first], held[0]);
    if (next === queue[first]) first += 1;
    else held.shift();
    const person = people[next.place];
    const outcome = outcomes[next.place];
    if (person === undefined || outcome === undefined) continue;
    const at = Math.max(clock, next.at);
    const verdict = hours(person.where, at);
    if (at >= deadline) outcome.why = 'deadline';
    else if (verdict.kind === 'none') outcome.why = 'nowhere';
    else if (verdict.kind === 'held') {
      outcome.held = { until: verdict.next, by: verdict.by.source };
      insert(held, { place: next.place, at: verdict.next.getTime() });
    } else if (person.capFrees !== null && person.capFrees.getTime() > at) {
      const frees = person.capFrees.getTime();
      outcome.cap = { foundAt: new Date(at), frees: person.capFrees };
      if (terms.capped === 'skip' || frees >= deadline) outcome.why = 'capped';
      else insert(held, { place: next.place, at: frees });
    } else {
      outcome.at = new Date(at);
      clock = at + (person.parts * terms.weight * 1000) / terms.perSecond;
    }
  }
  return { outcomes: outcomes, end: Number.isFinite(clock) ? new Date(clock) : null };
}

type Waiting = { place: number; at: number };

function earlier(first: Waiting | undefined, second: Waiting | undefined): Waiting {
  if (first === undefined || second === undefined) {
    const only = first ?? second;
    if (only === undefined) throw new Error('nobody waits');
    return only;
  }
  return second.at < first.at ? second : first;
}

/** Inserts into a list ordered by time, behind entries with the same time. */
function insert(list: Waiting[], inserted: Waiting): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.at ?? 0) <= inserted.at) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, inserted);
}

type Hours = { kind: 'allowed' } | { kind: 'none' } | { kind: 'held'; next: Date; by: { source: string } };

/** Caches the allowed hours of each place for as long as the answer is valid. */
function rememberHours({ quietHours, spareMs }: Terms): (whereabouts: Whereabouts, at: number) => Hours {
  const known = new Map<string, { from: number; to: number; hours: Hours }>();
  return (whereabouts, at) => {
    if (!quietHours) return { kind: 'allowed' };
    const key = [...whereabouts.zones, '', ...whereabouts.jurisdictions].join(' ');
    const last = known.get(key);
    if (last !== undefined && at >= last.from && at < last.to) return last.hours;
    const verdict = mayTextAt('marketing', whereabouts, new Date(at), spareMs);
    const end =
      verdict.kind === 'held'
        ? verdict.next.getTime()
        : verdict.kind === 'allowed' && verdict.until !== null
          ? verdict.until.getTime() - spareMs
          : at + 1;
    known.set(key, { from: at, to: end, hours: verdict });
    return verdict;
  };
}

/** The messages of one campaign that wait for one sender, and the other messages that wait there. */
export type Queue = {
  /** Parts per second. */
  rate: number;
  /** `own`: planned messages of the campaign. `later`: how many of them are not due yet. */
  own: number;
  later: number;
  /** When the last of the later messages is due; null where none is. */
  latest: Date | null;
  /** Average number of parts of the campaign's messages. */
  parts: number;
  /** Messages of other campaigns that are sent before this campaign's or take turns with them. */
  others: number;
};

/**
 * When the last planned message will be sent, at the speed of the senders. The estimate is the later of two: the
 * end of everything queued, and the last due time plus the time for all messages that are not due yet. Null where
 * no message waits, or no sender can send.
 */
export function doneAt(queues: readonly Queue[], now: Date): Date | null {
  const ends = queues
    .filter(({ own, rate }) => own > 0 && rate > 0)
    .map(({ rate, own, later, latest, parts, others }) => {
      const busy = now.getTime() + ((own * parts + others) / rate) * 1000;
      const held = latest === null ? 0 : latest.getTime() + ((later * parts) / rate) * 1000;
      return Math.max(busy, held);
    });
  return ends.length === 0 ? null : new Date(Math.max(...ends));
}

/**
 * The forecast for one person's message, and whether its local time had passed. `zone`: the zone whose clock
 * applies.
 */
export type Placed = ForecastOutcome & { missed: boolean; late: boolean; where: Whereabouts; zone: string };

/**
 * Counts of people by when and where they get a campaign. Hours, holds, zones and `cappedLater` are about those who
 * get it.
 */
type SumUp = {
  going: number;
  first: Date | null;
  /** People by hour of sending, in UTC and in the person's local time, "2026-12-01T10:00"; in order. */
  byHour: Map<string, number>;
  byLocalHour: Map<string, number>;
  /** People who wait for quiet hours to end, by that end and the rule behind the hours; the soonest first. */
  held: { until: Date; by: string; people: number }[];
  /** People by time zone, the largest group first. */
  zones: Map<string, number>;
  /** People whose zone is uncertain: known by the area code alone, one of several, or not at all. */
  weak: { areaCode: number; several: number; unknown: number };
  /** People whose local time had passed: `skipped` get nothing, `atOnce` get the message at once. */
  skipped: number;
  atOnce: number;
  /** People whom a frequency cap delays. */
  cappedLater: number;
  /**
   * People who get nothing. `expired`: the deadline comes first. `nowhere`: no hour is allowed in every place where
   * they may be. `cappedOut`: a frequency cap skips them, or frees only after the deadline. `stopped`: their message
   * waits for a sender that a person must resume.
   */
  expired: number;
  nowhere: number;
  cappedOut: number;
  stopped: number;
};

export function sumUp(people: readonly Placed[]): SumUp {
  const going = people.filter(isGoing);
  const times = going.map(({ at }) => at.getTime());
  const counted = (some: readonly Placed[], test: (person: Placed) => boolean): number =>
    some.filter(test).length;
  return {
    going: going.length,
    first: times.length === 0 ? null : new Date(times.reduce((a, b) => Math.min(a, b))),
    byHour: sorted(tally(going.map(({ at }) => `${at.toISOString().slice(0, 13)}:00Z`))),
    byLocalHour: sorted(tally(going.map(({ at, zone }) => localHour(zone, at)))),
    held: holds(going),
    zones: new Map([...tally(going.map(({ zone }) => zone))].sort(([, a], [, b]) => b - a)),
    weak: {
      areaCode: counted(going, ({ where }) => where.source === 'area-code'),
      several: counted(going, ({ where }) => isSeveral(where)),
      unknown: counted(going, ({ where }) => where.source === 'none'),
    },
    skipped: counted(people, ({ missed }) => missed),
    atOnce: counted(going, ({ late }) => late),
    cappedLater: counted(going, ({ cap }) => cap !== null),
    expired: counted(people, ({ why }) => why === 'deadline'),
    nowhere: counted(people, ({ why }) => why === 'nowhere'),
    cappedOut: counted(people, ({ why }) => why === 'capped'),
    stopped: counted(people, waitsForSender),
  };
}

/** True for a person who gets the campaign, as far as is known now. */
export const isGoing = <P extends Placed>(placed: P): placed is P & { at: Date } => placed.at !== null;

/** True for a person whose message waits for a sender that a person must resume. */
const waitsForSender = ({ at, why, missed }: Placed): boolean => at === null && why === null && !missed;

/** True for a person to whom a message is to leave, if only once its sender is resumed. */
export const isToLeave = (placed: Placed): boolean => isGoing(placed) || waitsForSender(placed);

const isSeveral = ({ source, confidence }: Whereabouts): boolean =>
  confidence === 'weak' && (source === 'declared' || source === 'zip');

function localHour(zone: string, at: Date): string {
  const { date, minutes } = wallTimeAt(zone, at);
  return `${date}T${String(Math.floor(minutes / 60)).padStart(2, '0')}:00`;
}

function holds(people: readonly Placed[]): SumUp['held'] {
  const groups = new Map<string, SumUp['held'][number]>();
  for (const { held } of people) {
    if (held === null) continue;
    const key = `${held.until.toISOString()} ${held.by}`;
    groups.set(key, { ...held, people: (groups.get(key)?.people ?? 0) + 1 });
  }
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function tally(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

const sorted = (counts: Map<string, number>): Map<string, number> =>
  new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
