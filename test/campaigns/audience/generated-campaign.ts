import type { PostalPlace } from '../../../src/domain/contacts/profile.ts';
import { HOUR_MS, MINUTE_MS } from '../../../src/domain/durations.ts';
import { seededDraws } from '../../../src/simulator/behaviours.ts';

/** When the campaigns are previewed and started: a Tuesday, noon in New York. */
export const STARTED = new Date('2026-12-01T17:00:00Z');

/** One person of a generated campaign. */
export type GeneratedPerson = {
  place: Partial<PostalPlace> | null;
  consent: 'subscribed' | 'opted-out' | 'held' | 'paused';
  /** How many hours ago each earlier message left. Three in 24 hours reach the overall cap. */
  earlier: number[];
  /** Which of the program's two senders the earlier messages left from. */
  from: 'first' | 'second';
  /** The sender that the carrier blocks for this person, who then gets every message from the other. */
  blocked: 'first' | 'second' | null;
};

/** A split as the API takes it. */
export type GeneratedSplit = {
  variants: { id: string; template: string; share: number }[];
  holdout: number;
  test: { share: number; wait_minutes: number; by: string } | null;
};

export type GeneratedCampaign = {
  seed: number;
  /** Where the campaign has an A/B test, the last `SURE` of them always get their message. */
  people: GeneratedPerson[];
  draft: { capped: 'defer' | 'skip'; template: string; split?: GeneratedSplit };
  order: Record<string, unknown>;
  /** How many subscribed people opt out after the preview. */
  leave: number;
};

const PLACES: (Partial<PostalPlace> | null)[] = [
  { state: 'VA', zip: '22201', zone: 'America/New_York' },
  { state: 'CA', zip: '90001', zone: 'America/Los_Angeles' },
  { state: 'IL', zip: '60601', zone: 'America/Chicago' },
  { state: 'HI', zip: '96801', zone: 'Pacific/Honolulu' },
  { state: 'TN' },
  null,
];

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * How many people of an A/B test nothing keeps back. A test that reaches nobody has no winner, and its campaign
 * pauses, of which a preview says nothing.
 */
export const SURE = 8;

/** The campaign of a seed: the same seed gives the same campaign. */
export function generateCampaign(seed: number): GeneratedCampaign {
  const draw = seededDraws(seed);
  const pick = <T>(...of: T[]): T => of[Math.floor(draw() * of.length)] as T;
  const people = Array.from({ length: 6 + Math.floor(draw() * 10) }, () => {
    const consent =
      draw() < 0.75 ? 'subscribed' : pick<GeneratedPerson['consent']>('opted-out', 'held', 'paused');
    const isCapped = draw() < 0.4;
    return {
      place: pick(...PLACES),
      consent,
      earlier: Array.from({ length: isCapped ? 3 : pick(0, 1, 2) }, () => 1 + Math.floor(draw() * 22)),
    };
  });
  const variants = [
    { id: 'a', template: 'offer', share: 50 },
    { id: 'b', template: 'long', share: 50 },
  ];
  const holdout = pick(0, 25, 50);
  const [capped, template] = [pick('defer' as const, 'skip' as const), pick('offer', 'long')];
  const isSplit = draw() < 0.5;
  const order = generateOrder(draw);
  const leave = draw() < 0.2 ? 2 : 0;
  const own = seededDraws(seed + 1000);
  const test = generateTest(own, order);
  const sure = { place: { state: 'VA' }, consent: 'subscribed' as const, earlier: [] };
  const all = test === null ? people : [...people, ...Array.from({ length: SURE }, () => sure)];
  return {
    seed,
    people: all.map((person) => ({ ...person, ...generateSenders(own) })),
    draft: { capped, template, ...(isSplit || test !== null ? { split: { variants, holdout, test } } : {}) },
    order: test === null ? order : withTimeFor(test, order),
    leave,
  };
}

const SENDERS = ['first', 'second'] as const;

/** The sender that a person knows, and for one person in ten the sender that is closed to them. */
function generateSenders(draw: () => number): Pick<GeneratedPerson, 'from' | 'blocked'> {
  const [from = 'first', blocked = null] = [0, 1].map(() => SENDERS[Math.floor(draw() * 2)]);
  return { from, blocked: draw() < 0.1 ? blocked : null };
}

/** An A/B test, for half of the campaigns that may have one: a test and a local time exclude each other. */
function generateTest(draw: () => number, order: Record<string, unknown>): GeneratedSplit['test'] {
  const isTested = draw() < 0.5;
  const share = draw() < 0.5 ? 30 : 50;
  // An odd minute: no hour or cap ends with the wait.
  const wait_minutes = 67 + 60 * Math.floor(draw() * 10);
  return isTested && order.local === undefined ? { share, wait_minutes, by: 'reply' } : null;
}

/** The order with a deadline that leaves a day for the test, so that night does not keep back all of its messages. */
function withTimeFor(
  { wait_minutes }: NonNullable<GeneratedSplit['test']>,
  order: Record<string, unknown>,
): Record<string, unknown> {
  const { deadline, spread_minutes = 0 } = order;
  if (typeof deadline !== 'string') return order;
  const minutes = Number(spread_minutes) + wait_minutes;
  return { ...order, deadline: iso(Date.parse(deadline) + 24 * HOUR_MS + minutes * MINUTE_MS) };
}

/** Now, at a moment, or at a local time, with and without spread and deadline. */
function generateOrder(draw: () => number): Record<string, unknown> {
  const spread = draw() < 0.4 ? 30 + Math.floor(draw() * 150) : 0;
  const kind = Math.floor(draw() * 3);
  // An odd minute: no hour, hold or cap ends with the deadline.
  const deadline = (from: number) => {
    const ends = from + spread * MINUTE_MS + (1 + Math.floor(draw() * 30)) * HOUR_MS + 7 * MINUTE_MS;
    return draw() < 0.6 ? { deadline: iso(ends) } : {};
  };
  const spreading = spread === 0 ? {} : { spread_minutes: spread };
  if (kind === 0) return { ...spreading, ...deadline(STARTED.getTime()) };
  const at = STARTED.getTime() + Math.floor(draw() * 20) * HOUR_MS;
  if (kind === 1) return { at: iso(at), ...spreading, ...deadline(at) };
  const missed = draw() < 0.5 ? 'skip' : 'send';
  const isToday = draw() < 0.4;
  // Ten in the morning of today has passed in the east and not in the west.
  const hour = isToday ? 9 + Math.floor(draw() * 4) : 6 + Math.floor(draw() * 14);
  const day = isToday ? 1 : 2;
  const local = { date: `2026-12-0${day}`, time: `${String(hour).padStart(2, '0')}:00`, missed };
  // New York, the program's own zone, is five hours behind UTC.
  return { local, ...spreading, ...deadline(Math.max(STARTED.getTime(), Date.UTC(2026, 11, day, hour + 5))) };
}
