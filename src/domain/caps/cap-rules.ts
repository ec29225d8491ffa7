import { HOUR_MS, utcDay } from '../durations.ts';
import type { Cap, Frequency, Program, Topic } from '../program.ts';
import type { MessageClass } from '../sending/lanes.ts';
import { promisedBy } from './promised-frequency.ts';

/** Most marketing of all programs to one person, where a program sets nothing else. Source: our own rule. */
export const OVERALL: Cap = { count: 3, hours: 24 };

/** What a cap follows from. */
export const CAP_KINDS = ['topic', 'program', 'promise', 'overall', 'state'] as const;
type CapKind = (typeof CAP_KINDS)[number];

/**
 * What happens to a message over a cap. `defer`: it waits until the cap frees, if its deadline allows. `skip`: it is
 * not sent.
 */
export const WHEN_CAPPED = ['defer', 'skip'] as const;
export type WhenCapped = (typeof WHEN_CAPPED)[number];

/**
 * One message to a person that counts: every message that was handed over, whether or not it arrived (Fla. Stat.
 * 501.616(6)(b) counts calls that were made), including those with an unknown outcome; and one that may be sent at
 * this moment, `pending`. A message that the carrier refused, or that came too late to start, was never made.
 */
export type CountedMessage = {
  /** Set only for a `pending` message. */
  id: string;
  class: MessageClass;
  program: string | null;
  topic: string | null;
  /** The latest time at which its hand-over can have begun. */
  at: Date;
  pending: boolean;
};

/** A cap applied to one message: which of the person's other messages count. */
export type Bound = Cap & {
  by: CapKind;
  source: string | null;
  counts: (countedMessage: CountedMessage) => boolean;
};

/** The frequencies and topics that the words accepted by a person promised. */
export type Promised = { frequencies: Frequency[]; topics: readonly string[] };

export const NOTHING_PROMISED: Promised = { frequencies: [], topics: [] };

/** The facts about a message that decide which caps apply. */
type Capped = {
  class: MessageClass;
  program: Program;
  topic: string;
  /**
   * What the accepted words promised, and about which topics. The words may be older than the program's current ones.
   */
  accepted: Promised;
};

/**
 * Every cap on one message except those of the law (`boundsOfLaw`). All of them apply to marketing. Only those of its
 * topic apply to a transactional message. None applies to other classes: a person who writes to us gets an answer.
 */
export function boundsOf({ class: messageClass, program, topic, accepted }: Capped): Bound[] {
  const about = program.topics.find(({ id }) => id === topic);
  if (program.capping === 'off' || about === undefined) return [];
  const ofTopic = topicBounds(program, about);
  if (messageClass === 'transactional') return ofTopic;
  return messageClass === 'marketing' ? [...ofTopic, ...programBounds(program, topic, accepted)] : [];
}

function topicBounds(program: Program, topic: Topic): Bound[] {
  const counts = aboutTopics(program, [topic.id]);
  const promised = promisedBy(topic, program.languages);
  return [
    ...(topic.caps ?? []).map((cap): Bound => ({ ...cap, by: 'topic', source: null, counts })),
    ...(promised === null ? [] : [ofPromise(promised, counts)]),
  ];
}

/**
 * A program's own promise is what its JOIN says about the topics that a JOIN turns on. Other topics have words of
 * their own.
 */
function programBounds(program: Program, topic: string, { frequencies, topics }: Promised): Bound[] {
  const promised = promisedBy(program, program.languages);
  const ofProgram = ({ program: messageProgram }: CountedMessage): boolean => messageProgram === program.id;
  const joined = program.joinTopics.includes(topic) && promised !== null ? [promised] : [];
  return [
    ...(program.caps ?? []).map((cap): Bound => ({ ...cap, by: 'program', source: null, counts: ofProgram })),
    ...joined.map((frequency) => ofPromise(frequency, aboutTopics(program, program.joinTopics))),
    ...(topics.includes(topic) ? frequencies : []).map((frequency) =>
      ofPromise(frequency, aboutTopics(program, topics)),
    ),
    { ...(program.overallCap ?? OVERALL), by: 'overall', source: null, counts: isMarketing },
  ];
}

const aboutTopics =
  (program: Program, topics: readonly string[]) =>
  (countedMessage: CountedMessage): boolean =>
    countedMessage.program === program.id &&
    countedMessage.topic !== null &&
    topics.includes(countedMessage.topic);

const ofPromise = ({ count, days }: Frequency, counts: Bound['counts']): Bound => ({
  count,
  hours: 24 * days,
  by: 'promise',
  source: 'CTIA 5.1.2.1',
  counts,
});

const isMarketing = (message: Pick<CountedMessage, 'class'>): boolean => message.class === 'marketing';

/**
 * The legal caps on one more marketing message, in every place where the person may be. All apply, so the strictest
 * wins. `jurisdictions` is called only where the other messages reach the cap of some place.
 */
export function boundsOfLaw(
  jurisdictions: () => readonly string[],
  counted: readonly CountedMessage[],
  now: Date,
): Bound[] {
  const marketing = counted.filter(isMarketing);
  if (
    !mayReachLaw((hours) => marketing.filter((countedMessage) => isInside(countedMessage, hours, now)).length)
  )
    return [];
  return stateCaps(jurisdictions(), utcDay(now)).map(({ count, hours, source }: StateCap) => ({
    count,
    hours,
    by: 'state',
    source,
    counts: isMarketing,
  }));
}

const isInside = ({ at }: CountedMessage, hours: number, now: Date): boolean =>
  at.getTime() + hours * HOUR_MS > now.getTime();

/** The cap for which a message waits, and the first moment at which no cap withholds it. */
export type CapHit = Cap & { by: CapKind; source: string | null; frees: Date };

export type CapVerdict =
  | { kind: 'free' }
  /**
   * Messages being sent at this moment may or may not take the last places of a window. A moment later this is known.
   */
  | { kind: 'contended'; rivals: string[] }
  | { kind: 'capped'; hit: CapHit };

/** Whether one more message stays within every cap, given the person's other messages. Windows slide. */
export function capVerdict(
  bounds: readonly Bound[],
  others: readonly CountedMessage[],
  now: Date,
): CapVerdict {
  let hit: CapHit | null = null;
  const rivals: string[] = [];
  for (const bound of bounds) {
    const inside = others.filter(
      (countedMessage) => bound.counts(countedMessage) && isInside(countedMessage, bound.hours, now),
    );
    if (inside.length < bound.count) continue;
    const pending = inside.filter((countedMessage) => countedMessage.pending);
    const frees = freesAt(
      inside.filter((countedMessage) => !countedMessage.pending),
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

/** When enough messages have dropped out of the window for one more; null where there is room. */
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

/** "3 messages in 24 h over all programs" */
export function capInWords({ count, hours, by, source }: Omit<CapHit, 'frees'>): string {
  const time = hours > 48 && hours % 24 === 0 ? `${hours / 24} days` : `${hours} h`;
  return `${count} ${count === 1 ? 'message' : 'messages'} in ${time} ${WHOSE[by]}${source === null ? '' : ` (${source})`}`;
}

/** How many commercial messages the law of a place allows to one person. */
type StateCap = Cap & {
  /** A US state, or "unknown-state" where the state is unknown. */
  jurisdiction: string;
  /** ISO date of the start; null: no known start. None has an end so far. */
  effectiveFrom: string | null;
  source: string;
};

/**
 * Most of these laws count messages on one subject. We do not know what a court takes for one subject, so all
 * marketing of all programs counts as one.
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

/**
 * Whether so many messages reach the cap of any place. Checked first, because finding the person's place costs more.
 */
const mayReachLaw = (messagesIn: (hours: number) => number): boolean =>
  STATE_CAPS.some(({ count, hours }) => messagesIn(hours) >= count);

/** The caps of every place that may be the person's, on an ISO date. */
export function stateCaps(jurisdictions: readonly string[], date: string): StateCap[] {
  return STATE_CAPS.filter(
    ({ jurisdiction, effectiveFrom }) =>
      jurisdictions.includes(jurisdiction) && (effectiveFrom === null || effectiveFrom <= date),
  );
}
