import { DAY_MS } from '../durations.ts';
import type { Language, Program } from '../program.ts';
import { programValues } from './naming.ts';
import { type Act, draft, type Outcome, type Turn } from './outcome.ts';
import { type Person, type Subscription, subscriptionTo, withSubscription } from './person.ts';

/** How long an age gate stays closed to whoever failed it. No law sets a time; this is our own choice. */
const CLOSED_MS = 90 * DAY_MS;

/** Why somebody who failed an age gate is not asked again, for the ledger. */
export const TOO_YOUNG = 'they told a birth date that is too young, less than 90 days before';

/** The person after a birth date that is too young for a program. The date is not kept. */
export function withTooYoung(person: Person, program: string, at: Date): Person {
  const current = subscriptionTo(person, program);
  return current === null ? person : withSubscription(person, { ...current, tooYoungAt: at });
}

/** Whether they failed the age gate of a program so lately that no other birth date is taken. */
export function isTooYoung(
  { person, act }: Pick<Turn, 'person' | 'act'>,
  { id, minimumAge }: Program,
): boolean {
  const at = subscriptionTo(person, id)?.tooYoungAt;
  return minimumAge !== null && at !== undefined && act.receivedAt.getTime() - at.getTime() < CLOSED_MS;
}

/**
 * What comes of asking again: their own text is told why, while an opt-out stands once a day; another door is on record alone.
 */
export function refusedAsTooYoung(turn: Turn, program: Program, language: Language): Outcome {
  const { person, act } = turn;
  const event = draft('ineffective', { program: program.id, reason: TOO_YOUNG });
  if (act.channel !== 'VIA_TEXT') return { person, events: [event], replies: [] };
  const values = { ...programValues(program, language), age: String(program.minimumAge) };
  const text = turn.say('age-refused', language, values);
  const of = { template: 'age-refused', program: program.id, language, text, prompt: null } as const;
  const events = [{ ...event, shown: text }];
  const current = subscriptionTo(person, program.id);
  if (current === null || isToldToday(current, act)) {
    return { person, events, replies: [{ ...of, class: 'reply' }] };
  }
  const told = withSubscription(person, { ...current, tooYoungToldAt: act.receivedAt });
  return { person: told, events, replies: [{ ...of, class: 'joining-help' }] };
}

const isToldToday = ({ tooYoungToldAt: at }: Subscription, { receivedAt }: Act): boolean =>
  at !== undefined && receivedAt.getTime() - at.getTime() < DAY_MS;
