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
};

export type GeneratedCampaign = {
  id: string;
  people: GeneratedPerson[];
  draft: { capped: 'defer' | 'skip'; template: string; split?: object };
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

/** The campaign of a seed: the same seed gives the same campaign. */
export function generateCampaign(seed: number): GeneratedCampaign {
  const draw = seededDraws(seed);
  const pick = <T>(...of: T[]): T => of[Math.floor(draw() * of.length)] as T;
  const people = Array.from({ length: 6 + Math.floor(draw() * 10) }, (): GeneratedPerson => {
    const consent =
      draw() < 0.75 ? 'subscribed' : pick<GeneratedPerson['consent']>('opted-out', 'held', 'paused');
    const isCapped = draw() < 0.4;
    return {
      place: pick(...PLACES),
      consent,
      earlier: Array.from({ length: isCapped ? 3 : pick(0, 1, 2) }, () => 1 + Math.floor(draw() * 22)),
    };
  });
  const split = {
    variants: [
      { id: 'a', template: 'offer', share: 50 },
      { id: 'b', template: 'long', share: 50 },
    ],
    holdout: pick(0, 25, 50),
  };
  return {
    id: `generated-${seed}`,
    people,
    draft: {
      capped: pick('defer', 'skip'),
      template: pick('offer', 'long'),
      ...(draw() < 0.5 ? { split } : {}),
    },
    order: generateOrder(draw),
    leave: draw() < 0.2 ? 2 : 0,
  };
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
