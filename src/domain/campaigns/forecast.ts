import { mayTextAt } from '../hours/may-text-at.ts';
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
export type Fate = {
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
export function forecast(people: readonly Addressee[], terms: Terms): { fates: Fate[]; end: Date | null } {
  const fates = people.map((): Fate => ({ at: null, why: null, held: null }));
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
