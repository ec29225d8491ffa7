import type { ConsentState } from '../../src/domain/consent/consent-state.ts';
import { emptyConsentState } from '../../src/domain/consent/consent-state.ts';
import { fadesAt } from '../../src/domain/contacts/activity.ts';
import { type ActivityDay, EMPTY_PROFILE, type Profile } from '../../src/domain/contacts/profile.ts';
import { DAY_MS, utcDay } from '../../src/domain/durations.ts';
import { isZoneSure } from '../../src/domain/hours/zones-of-person.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { fieldsOf, newHolder } from '../../src/store/contacts/open-contact.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import type { Store } from '../../src/store/store.ts';
import { type Keys, numberOf, SLICE } from './people.ts';

/** States with their share of a hundred people, each with one of its ZIP areas. */
const STATES = [
  ...many(12, 'CA', '902'),
  ...many(9, 'TX', '770'),
  ...many(7, 'FL', '331'),
  ...many(6, 'NY', '100'),
  ...many(4, 'PA', '191'),
  ...many(4, 'IL', '606'),
  ...many(1, 'NV', '891'),
  ...many(57, 'OH', '441'),
] as const;

function many(share: number, state: string, area: string): [state: string, area: string][] {
  return Array.from({ length: share }, () => [state, area]);
}

/** The people from one position of the audience up to another. */
export async function addAudience(
  store: Store,
  keys: Keys,
  { from, to }: { from: number; to: number },
): Promise<void> {
  const now = new Date();
  for (let next = from; next < to; next += SLICE) {
    const length = Math.min(SLICE, to - next);
    await store.contacts.insertMany(Array.from({ length }, (_, at) => audienceMember(keys, next + at, now)));
  }
}

/** Draws numbers from 0 to 1 with mulberry32, always the same for the same person. */
function drawsOf(at: number): () => number {
  let state = (at + 1) * 0x9e3779b1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Makes a person as they occur in an audience: nine tenths are subscribed, and all have a profile and a few dozen days of
 * activity.
 */
export function audienceMember({ keyRing, blindIndexKeys }: Keys, at: number, now: Date): ContactDoc {
  const draw = drawsOf(at);
  const number = numberOf(at);
  const holder = newHolder(keyRing, number, blindIndex(blindIndexKeys, number), []);
  const since = new Date(now.getTime() - draw() * 900 * DAY_MS);
  const state = draw() < 0.9 ? ('subscribed' as const) : ('unsubscribed' as const);
  const joined = { program: 'deals', state, since, topics: ['deals'], purposes: ['marketing'] };
  const basis = { at: since, channel: 'VIA_TEXT' as const, words: 'YES', seq: 3 };
  const person: ConsentState = {
    ...emptyConsentState(),
    language: draw() < 0.85 ? 'en' : 'es',
    subscriptions: [{ ...joined, basis: { ...basis, disclosure: { touchpoint: 'prompt', version: 1 } } }],
  };
  const head = { seq: 3, hash: 'x'.repeat(43) };
  const profile = profileOf(draw, now);
  return {
    ...fieldsOf(holder, person, { rev: 3, head, createdAt: since, source: 'text' }),
    profile,
    profileRev: 1,
  };
}

function profileOf(draw: () => number, now: Date): Profile {
  const [state = 'OH', area = '441'] = STATES[Math.floor(draw() * STATES.length)] ?? [];
  const zip = `${area}${String(Math.floor(draw() * 100)).padStart(2, '0')}`;
  const place = { country: 'US', state, city: null, zip, zone: null };
  const days = daysOf(draw, now);
  const born = new Date(now.getTime() - (18 + draw() * 62) * 365.25 * DAY_MS);
  return {
    ...EMPTY_PROFILE,
    birthDate: utcDay(born),
    gender: draw() < 0.5 ? 'female' : 'male',
    place,
    interests: draw() < 0.3 ? ['shoes'] : ['hats'],
    lists: draw() < 0.01 ? ['vip'] : [],
    stage: { name: draw() < 0.4 ? 'customer' : 'lead', since: now },
    days,
    fadesAt: fadesAt(days),
    zoneSure: isZoneSure(place),
  };
}

function daysOf(draw: () => number, now: Date): ActivityDay[] {
  const today = Math.floor(now.getTime() / DAY_MS);
  const rows = Array.from({ length: Math.floor(draw() * 16) }, (): ActivityDay => {
    const type = draw() < 0.3 ? 'purchase' : 'click';
    return {
      type,
      day: new Date((today - Math.floor(draw() * 400)) * DAY_MS),
      count: 1,
      sum: type === 'click' ? 0 : 20,
    };
  });
  return rows.sort((a, b) => a.day.getTime() - b.day.getTime());
}
