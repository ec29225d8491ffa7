import {
  fadesAt,
  REMEMBERED_DAYS,
  type RecordedActivity,
  withActivity,
} from '../../../src/domain/contacts/activity.ts';
import { type ActivityDay, EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import { applyChanges, type Described, STAGES } from '../../../src/domain/contacts/profile-changes.ts';
import { utcDay } from '../../../src/domain/durations.ts';
import type { Language } from '../../../src/domain/program.ts';
import { type Draw, pick, some, weighted, whole } from './drawing.ts';
import { placeOf } from './places.ts';

export const DAY_MS = 24 * 3600 * 1000;

const FIRST_NAMES =
  'Ana Ben Carla Dan Elena Frank Grace Hugo Ines Jack Kim Luis Maria Noah Olga Paul Rosa Sam Tina Umar Vera Will Ximena Yara Zoe José Chloé Renée Íñigo Zoë'.split(
    ' ',
  );
const LAST_NAMES =
  "Adams Baker Cruz Diaz Evans Flores Garcia Hill Ito Jones Khan Lopez Miller Nguyen Ortiz Patel Quinn Rivera Smith Tran Usman Vargas Wong Young Zhang O'Neil Núñez".split(
    ' ',
  );
const INTERESTS = ['coats', 'denim', 'home', 'kids', 'outdoor', 'sale', 'shoes'];

/** Of a hundred people of a state, so many write Spanish; of Quebec, French. */
const SPANISH: Record<string, number> = { AZ: 22, CA: 27, FL: 24, NM: 25, NV: 20, NY: 14, PR: 93, TX: 28 };
const FRENCH: Record<string, number> = { NB: 30, QC: 85 };

/** How much somebody has to do with the shop: share of people, purchases in the remembered days, days since the last. */
const ENGAGEMENT: [weight: number, Engagement][] = [
  [8, { bought: [8, 16], quietFor: 0 }],
  [27, { bought: [2, 6], quietFor: 15 }],
  [22, { bought: [1, 4], quietFor: 95 }],
  [43, { bought: [0, 0], quietFor: 200 }],
];

type Engagement = { bought: [least: number, most: number]; quietFor: number };

const KNOWN = { fields: new Map(), stages: new Set<string>(STAGES) };

/**
 * What is known of somebody, as the product itself would have it. `home`: the state their number was given out in;
 * `since`: when they were first heard of.
 */
export function characterOf(draw: Draw, home: string, since: Date, now: Date): Described {
  const engagement = weighted(draw, ENGAGEMENT);
  const days = daysOf(draw, engagement, now);
  const changes = {
    first_name: draw() < 0.9 ? pick(draw, FIRST_NAMES) : null,
    last_name: draw() < 0.8 ? pick(draw, LAST_NAMES) : null,
    birth_date: draw() < 0.7 ? birthDate(draw, now) : null,
    gender: pick(draw, ['female', 'male', 'female', 'male', 'other', null] as const),
    place: placeOf(draw, home),
    interests: some(draw, INTERESTS, 0.22),
    lists: ['clearance-2025', 'store-openings', 'vip'].filter((list) => draw() < chanceOf(list, engagement)),
    stage: stageOf(engagement, days),
  };
  const nobody = {
    profile: { ...EMPTY_PROFILE, days, fadesAt: fadesAt(days) },
    names: { first_name: null, last_name: null },
  };
  const told = new Date(since.getTime() + draw() * (now.getTime() - since.getTime()));
  const applied = applyChanges(nobody, changes, KNOWN, told);
  if (applied.kind === 'refused')
    throw new Error(`the gateway refuses the fields of a made-up person: ${applied.faults[0]?.field}`);
  return applied.after;
}

export function languageOf(draw: Draw, home: string): Language {
  const of100 = draw() * 100;
  if (of100 < (FRENCH[home] ?? 0)) return 'fr';
  return of100 < (SPANISH[home] ?? 4) ? 'es' : 'en';
}

const chanceOf = (list: string, { bought }: Engagement): number =>
  list === 'vip' ? (bought[0] >= 8 ? 0.6 : 0.01) : list === 'clearance-2025' ? 0.12 : 0.2;

/** Most were born some thirty-five years ago; a few are not of age. */
function birthDate(draw: Draw, now: Date): string {
  const age = 16 + (draw() + draw() + draw()) * 24;
  return utcDay(new Date(now.getTime() - age * 365.25 * DAY_MS));
}

function stageOf({ quietFor }: Engagement, days: readonly ActivityDay[]): string {
  if (!days.some((day) => day.type === 'purchase')) return days.length > 0 ? 'prospect' : 'lead';
  return quietFor > 90 ? 'churned' : 'customer';
}

/** Visits and purchases, folded into days as the product folds events. */
function daysOf(draw: Draw, { bought, quietFor }: Engagement, now: Date): ActivityDay[] {
  const when = (): Date =>
    new Date(now.getTime() - (quietFor + draw() ** 1.5 * (REMEMBERED_DAYS - quietFor - 1)) * DAY_MS);
  const purchases = Array.from({ length: whole(draw, ...bought) }, (): RecordedActivity => {
    const amount = Math.round((12 + draw() ** 3 * 190) * 100) / 100;
    return { type: 'purchase', at: when(), amount };
  });
  const visits = Array.from({ length: whole(draw, 0, 2 + bought[0]) }, (): RecordedActivity => {
    return { type: 'visit', at: when(), amount: 0 };
  });
  return [...purchases, ...visits].reduce<ActivityDay[]>(
    (days, activity) => withActivity(days, activity, now),
    [],
  );
}
