import { HOUR_MS, utcDay } from '../durations.ts';
import type { Cap, Frequency, Program, Topic } from '../program.ts';
import type { MessageClass } from '../sending/lanes.ts';
import { promisedBy } from './promised-frequency.ts';

/** Most marketing of all programs to one person, where a program says nothing else. Source: our own rule. */
export const OVERALL: Cap = { count: 3, hours: 24 };

/** What a cap follows from. */
export const CAP_KINDS = ['topic', 'program', 'promise', 'overall', 'state'] as const;
type CapKind = (typeof CAP_KINDS)[number];

/** A person whom a cap keeps back gets it when the cap lets it go and the deadline allows, or not at all. */
export const WHEN_CAPPED = ['defer', 'skip'] as const;
export type WhenCapped = (typeof WHEN_CAPPED)[number];

/**
 * One message to a person that counts: one that was handed over, whatever became of it at the carrier, arrived or
 * not (Fla. Stat. 501.616(6)(b) counts calls that were made), also where nobody knows; and one that may be leaving
 * at this moment, `pending`. What the carrier refused, or came too late to begin, was never made.
 */
export type CountedMessage = {
  /** Of a `pending` one alone. */
  id: string;
  class: MessageClass;
  program: string | null;
  topic: string | null;
  /** The latest its hand-over can have begun. */
  at: Date;
  pending: boolean;
};

/** A cap as it binds one message: which of the person's other messages it counts. */
export type Bound = Cap & { by: CapKind; source: string | null; counts: (one: CountedMessage) => boolean };

/** How often at most the words that a person accepted said that messages come, and about what. */
export type Promised = { frequencies: Frequency[]; topics: readonly string[] };

export const NOTHING_PROMISED: Promised = { frequencies: [], topics: [] };

/** What of one message decides which caps bind it. */
type Capped = {
  class: MessageClass;
  program: Program;
  topic: string;
  /** What the words that the person accepted promised, and of which topics; they may be older than the program's. */
  accepted: Promised;
};

/**
 * Every cap on one message but for those of the law (`boundsOfLaw`). Marketing is bound by all, what a person ordered
 * by those of its topic, and nothing else by any: whoever writes to us gets an answer.
 */
export function boundsOf({ class: of, program, topic, accepted }: Capped): Bound[] {
  const about = program.topics.find(({ id }) => id === topic);
  if (program.capping === 'off' || about === undefined) return [];
  const ofTopic = topicBounds(program, about);
  if (of === 'transactional') return ofTopic;
  return of === 'marketing' ? [...ofTopic, ...programBounds(program, topic, accepted)] : [];
}

function topicBounds(program: Program, topic: Topic): Bound[] {
  const counts = aboutTopics(program, [topic.id]);
  const promised = promisedBy(topic, program.languages);
  return [
    ...(topic.caps ?? []).map((cap): Bound => ({ ...cap, by: 'topic', source: null, counts })),
    ...(promised === null ? [] : [ofPromise(promised, counts)]),
  ];
}

/** A program's own promise is what its JOIN says of the topics that a JOIN turns on; the others have their own words. */
function programBounds(program: Program, topic: string, { frequencies, topics }: Promised): Bound[] {
  const promised = promisedBy(program, program.languages);
  const ofProgram = ({ program: its }: CountedMessage): boolean => its === program.id;
  const joined = program.joinTopics.includes(topic) && promised !== null ? [promised] : [];
  return [
    ...(program.caps ?? []).map((cap): Bound => ({ ...cap, by: 'program', source: null, counts: ofProgram })),
    ...joined.map((one) => ofPromise(one, aboutTopics(program, program.joinTopics))),
    ...(topics.includes(topic) ? frequencies : []).map((one) => ofPromise(one, aboutTopics(program, topics))),
    { ...(program.overallCap ?? OVERALL), by: 'overall', source: null, counts: isMarketing },
  ];
}

const aboutTopics =
  (program: Program, topics: readonly string[]) =>
  (one: CountedMessage): boolean =>
    one.program === program.id && one.topic !== null && topics.includes(one.topic);

const ofPromise = ({ count, days }: Frequency, counts: Bound['counts']): Bound => ({
  count,
  hours: 24 * days,
  by: 'promise',
  source: 'CTIA 5.1.2.1',
  counts,
});

const isMarketing = (one: Pick<CountedMessage, 'class'>): boolean => one.class === 'marketing';

/**
 * The law's caps on one more marketing message, in every place where the person may be: each binds, so that the strictest
 * does. `where` is asked only where some place has a cap that the others reach.
 */
export function boundsOfLaw(
  where: () => readonly string[],
  others: readonly CountedMessage[],
  now: Date,
): Bound[] {
  const marketing = others.filter(isMarketing);
  if (!mayReachLaw((hours) => marketing.filter((one) => isInside(one, hours, now)).length)) return [];
  return stateCaps(where(), utcDay(now)).map(({ count, hours, source }: StateCap) => ({
    count,
    hours,
    by: 'state',
    source,
    counts: isMarketing,
  }));
}

const isInside = ({ at }: CountedMessage, hours: number, now: Date): boolean =>
  at.getTime() + hours * HOUR_MS > now.getTime();

/** The cap that a message waits for, and the first moment at which none of them keeps it any more. */
export type CapHit = Cap & { by: CapKind; source: string | null; frees: Date };

export type CapVerdict =
  | { kind: 'free' }
  /** What is leaving at this moment may take the last place of a window, or not: it shows in a moment. */
  | { kind: 'contended'; rivals: string[] }
  | { kind: 'capped'; hit: CapHit };

/** Whether one more message keeps within every cap, by what counts of the person's other messages. Windows slide. */
export function capVerdict(
  bounds: readonly Bound[],
  others: readonly CountedMessage[],
  now: Date,
): CapVerdict {
  let hit: CapHit | null = null;
  const rivals: string[] = [];
  for (const bound of bounds) {
    const inside = others.filter((one) => bound.counts(one) && isInside(one, bound.hours, now));
    if (inside.length < bound.count) continue;
    const pending = inside.filter((one) => one.pending);
    const frees = freesAt(
      inside.filter((one) => !one.pending),
      bound,
    );
    if (frees === null) rivals.push(...pending.map(({ id }) => id));
    else if (hit === null || frees > hit.frees) {
      const { count, hours, by, source } = bound;
      hit = { count, hours, by, source, frees };
    }
  }
  if (hit !== null) return { kind: 'capped', hit };
  return rivals.length > 0 ? { kind: 'contended', rivals } : { kind: 'free' };
}

/** When so many have left the window that there is room for one more; null where there is room. */
function freesAt(settled: readonly CountedMessage[], { count, hours }: Cap): Date | null {
  const times = settled.map(({ at }) => at.getTime()).sort((a, b) => b - a);
  const last = times[count - 1];
  return last === undefined ? null : new Date(last + hours * HOUR_MS);
}

const WHOSE: Record<CapKind, string> = {
  topic: 'about this topic',
  program: 'of this program',
  promise: 'as the person was promised',
  overall: 'over all programs',
  state: 'where the person may be',
};

/** "3 in 24 h over all programs" */
export function capInWords({ count, hours, by, source }: Omit<CapHit, 'frees'>): string {
  const time = hours > 48 && hours % 24 === 0 ? `${hours / 24} days` : `${hours} h`;
  return `${count} in ${time} ${WHOSE[by]}${source === null ? '' : ` (${source})`}`;
}

/** How many commercial messages the law of a place allows to one person. */
type StateCap = Cap & {
  /** A US state, or "unknown-state" where nobody knows which. */
  jurisdiction: string;
  /** ISO date from which it holds; null: since before any day known. None has an end so far. */
  effectiveFrom: string | null;
  source: string;
};

/**
 * Most of these count messages on one subject. We do not know what a subject is to a court, so that all marketing of
 * all programs counts as one.
 */
export const STATE_CAPS: readonly StateCap[] = [
  {
    jurisdiction: 'FL',
    count: 3,
    hours: 24,
    effectiveFrom: '2021-07-01',
    source: 'Fla. Stat. 501.616(6)(b)',
  },
  { jurisdiction: 'OK', count: 3, hours: 24, effectiveFrom: '2022-11-01', source: '15 O.S. 775C.4' },
  {
    jurisdiction: 'MD',
    count: 3,
    hours: 24,
    effectiveFrom: '2024-01-01',
    source: 'Md. Code, Com. Law 14-4502',
  },
  { jurisdiction: 'OR', count: 3, hours: 24, effectiveFrom: '2026-01-01', source: 'ORS 646.563 (HB 3865)' },
  { jurisdiction: 'ME', count: 1, hours: 8, effectiveFrom: null, source: '10 M.R.S. 1498' },
  {
    jurisdiction: 'unknown-state',
    count: 3,
    hours: 24,
    effectiveFrom: null,
    source: 'strictest of the states, but for 10 M.R.S. 1498',
  },
];

/** Longest window of the table, hours. */
export const STATE_HOURS = Math.max(...STATE_CAPS.map(({ hours }) => hours));

/** Whether any place has a cap that so many messages reach; asked before the costlier question of where someone is. */
const mayReachLaw = (messagesIn: (hours: number) => number): boolean =>
  STATE_CAPS.some(({ count, hours }) => messagesIn(hours) >= count);

/** The caps of every place that may be a person's, on an ISO date. */
export function stateCaps(jurisdictions: readonly string[], date: string): StateCap[] {
  return STATE_CAPS.filter(
    ({ jurisdiction, effectiveFrom }) =>
      jurisdictions.includes(jurisdiction) && (effectiveFrom === null || effectiveFrom <= date),
  );
}
