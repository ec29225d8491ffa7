import { wallTimeAt } from '../hours/local-time.ts';
import { mayTextAt } from '../hours/permitted-hours.ts';
import type { Whereabouts } from '../hours/zones-of-person.ts';

/** One person who may get a campaign's message: when it is due, where they may be, and how many parts it has. */
export type Addressee = { due: Date; where: Whereabouts; parts: number };

export type Terms = {
  /** Parts a second that the senders take; each addressee stands for `weight` people. */
  perSecond: number;
  weight: number;
  deadline: Date | null;
  /** Whether quiet hours bind, and how long before they end nothing leaves any more, ms. */
  quietHours: boolean;
  spareMs: number;
};

/** What becomes of one addressee. `held`: the last hours that it waited for, and the rule on them, as it is cited. */
export type ForecastOutcome = {
  /** When it is handed over; null: never, since its deadline comes first, or no hour suits every place they may be in. */
  at: Date | null;
  why: 'deadline' | 'nowhere' | null;
  held: { until: Date; by: string } | null;
};

/**
 * When each message leaves, in the order of the addressees: the oldest due first, at the speed of the senders, each in
 * hours that suit wherever the person may be. What the dispatcher does, were nothing else sent. `end`: when the last has
 * left; null where nobody gets any.
 */
export function forecast(
  people: readonly Addressee[],
  terms: Terms,
): { fates: ForecastOutcome[]; end: Date | null } {
  const fates = people.map((): ForecastOutcome => ({ at: null, why: null, held: null }));
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
    const fate = fates[next.place];
    if (person === undefined || fate === undefined) continue;
    const at = Math.max(clock, next.at);
    const verdict = hours(person.where, at);
    if (at >= deadline) fate.why = 'deadline';
    else if (verdict.kind === 'none') fate.why = 'nowhere';
    else if (verdict.kind === 'held') {
      fate.held = { until: verdict.next, by: verdict.by.source };
      insert(held, { place: next.place, at: verdict.next.getTime() });
    } else {
      fate.at = new Date(at);
      clock = at + (person.parts * terms.weight * 1000) / terms.perSecond;
    }
  }
  return { fates, end: Number.isFinite(clock) ? new Date(clock) : null };
}

type Waiting = { place: number; at: number };

function earlier(one: Waiting | undefined, other: Waiting | undefined): Waiting {
  if (one === undefined || other === undefined) {
    const only = one ?? other;
    if (only === undefined) throw new Error('nobody waits');
    return only;
  }
  return other.at < one.at ? other : one;
}

/** Keeps a list in the order of its times; among equals the newest is last. */
function insert(list: Waiting[], one: Waiting): void {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle]?.at ?? 0) <= one.at) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, one);
}

type Hours = { kind: 'allowed' } | { kind: 'none' } | { kind: 'held'; next: Date; by: { source: string } };

/** Hours of a place, asked once for as long as the answer stands. */
function rememberHours({ quietHours, spareMs }: Terms): (where: Whereabouts, at: number) => Hours {
  const known = new Map<string, { from: number; to: number; hours: Hours }>();
  return (where, at) => {
    if (!quietHours) return { kind: 'allowed' };
    const key = [...where.zones, '', ...where.jurisdictions].join(' ');
    const last = known.get(key);
    if (last !== undefined && at >= last.from && at < last.to) return last.hours;
    const verdict = mayTextAt('marketing', where, new Date(at), spareMs);
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

/** What of one campaign waits for one number, and what waits there beside it. */
export type Queue = {
  /** Parts a second. */
  rate: number;
  /** Planned messages of the campaign, and how many of them may not go yet. */
  own: number;
  later: number;
  /** When the last of those may go; null where none waits for a time. */
  latest: Date | null;
  /** Parts of one message of it, on average. */
  parts: number;
  /** Messages that go before it or take turns with it. */
  others: number;
};

/**
 * When the last planned message will have left, at the speed of the numbers: after what goes before it and beside it,
 * and not before the last that waits for a time, behind all that wait as it does. Null where nothing waits, or can go.
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

/** One person's message: what becomes of it, and whether its local time had passed. `zone`: whose clock it goes by. */
export type Placed = ForecastOutcome & { missed: boolean; late: boolean; where: Whereabouts; zone: string };

/** People by when and where they get a campaign. */
type SumUp = {
  first: Date | null;
  /** By the hour of UTC in which they get it, and by that of their own clock, "2026-12-01T10:00"; in order. */
  byHour: Map<string, number>;
  byLocalHour: Map<string, number>;
  /** By the end of the quiet hours that they wait for, and the rule on these; the soonest first. */
  held: { until: Date; by: string; people: number }[];
  /** By the zone whose clock theirs goes by, most first. */
  zones: Map<string, number>;
  /** Whose zone is a guess: by the area code alone, one of several, or of nothing at all. */
  weak: { areaCode: number; several: number; unknown: number };
  /** Whose local time had passed: left out, or sent at once. */
  skipped: number;
  atOnce: number;
  /** Who gets nothing: the deadline comes first, or no hour suits every place they may be in. */
  expired: number;
  nowhere: number;
};

export function sumUp(people: readonly Placed[]): SumUp {
  const going = people.flatMap(({ at, zone }) => (at === null ? [] : [{ at, zone }]));
  const times = going.map(({ at }) => at.getTime());
  const count = (test: (one: Placed) => boolean): number => people.filter(test).length;
  return {
    first: times.length === 0 ? null : new Date(times.reduce((a, b) => Math.min(a, b))),
    byHour: sorted(tally(going.map(({ at }) => `${at.toISOString().slice(0, 13)}:00Z`))),
    byLocalHour: sorted(tally(going.map(({ at, zone }) => localHour(zone, at)))),
    held: holds(people),
    zones: new Map([...tally(people.map(({ zone }) => zone))].sort(([, a], [, b]) => b - a)),
    weak: {
      areaCode: count(({ where }) => where.source === 'area-code'),
      several: count(({ where }) => isSeveral(where)),
      unknown: count(({ where }) => where.source === 'none'),
    },
    skipped: count(({ missed }) => missed),
    atOnce: count(({ missed, late }) => late && !missed),
    expired: count(({ why }) => why === 'deadline'),
    nowhere: count(({ why }) => why === 'nowhere'),
  };
}

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
