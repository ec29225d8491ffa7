import { DAY_MS } from '../../durations.ts';
import type { Language, Program } from '../../program.ts';
import { consentAgeOf, lapsesAt, marketingOn } from '../ageing.ts';
import { newPrompt } from '../joining.ts';
import { languageFor } from '../naming.ts';
import { draft, type Outcome, type Turn } from '../outcome.ts';
import {
  isRenewal,
  openPrompt,
  type Person,
  type Prompt,
  subscriptionTo,
  withPromptsClosed,
  withSubscription,
} from '../person.ts';
import { leavesPlace, promptLimit, withoutPromptsSent, withPromptSent } from './limits.ts';

export const renewalTouchpoint = (language: Language): string => `sms-renewal.${language}`;

/**
 * Asks for consent anew while it stands: one marketing text, a prompt that stays open until consent lapses, once. Null
 * where another question is open on the number, or the limits on prompts leave no room: it is tried again later.
 */
export function askToRenew(turn: Turn, program: Program): Outcome | null {
  const { person, act } = turn;
  const subscription = subscriptionTo(person, program.id);
  const expiresAt = subscription === null ? null : lapsesAt(subscription, program);
  if (subscription === null || expiresAt === null) return null;
  const { topics } = subscription;
  const [topic] = marketingOn(subscription, program);
  const asked = openPrompt(person, act.number) !== null;
  const limit = promptLimit(person, { program: program.id, topics }, false, act.receivedAt);
  if (topic === undefined || asked || limit !== null) return null;
  const language = languageFor(program, null, person);
  const { text, ...shown } = turn.disclosure(program.id, renewalTouchpoint(language));
  const question = { program, topics, touchpoint: shown.touchpoint };
  const prompt = {
    ...newPrompt(turn, question, language, { ...shown, seq: person.seq + 1 }),
    expiresAt,
  };
  const { disclosure } = prompt;
  const reason = `consent lapses at ${expiresAt.toISOString()}`;
  const event = draft('prompted', { program: program.id, topics, disclosure, shown: text, reason });
  const reply = {
    class: 'marketing' as const,
    template: 'renewal' as const,
    program: program.id,
    language,
    text,
    prompt: prompt.id,
    topic,
    validUntil: expiresAt,
  };
  const renewing = withSubscription(person, { ...subscription, renewalAskedAt: act.receivedAt });
  const prompts = [...renewing.prompts, prompt];
  return {
    person: withPromptSent({ ...renewing, prompts }, program.id, false, act.receivedAt),
    events: [event],
    replies: [reply],
  };
}

/** Questions for renewal of a program that are open. */
export const openRenewals = ({ prompts }: Pick<Person, 'prompts'>, program: string): Prompt[] =>
  prompts.filter((one) => one.program === program && one.state === 'open' && isRenewal(one));

/**
 * Ids of questions that nobody saw: `lost` will never leave; `missed` left and did not arrive, as the carrier says, and may
 * if it is put again.
 */
export type Unseen = { lost: ReadonlySet<string>; missed: ReadonlySet<string> };

/** How long a phone that could not be reached is left alone, days; half of the time to ask where that is less. */
const REST_DAYS = 15;

/**
 * The person without the questions for renewal that nobody was asked by. One that left counts toward the limits on prompts
 * all the same, and the ledger says that it is superseded: that it did not arrive is not sure.
 */
export function withoutUnseenRenewals(
  person: Person,
  program: Program,
  { lost, missed }: Unseen,
  now: Date,
): Pick<Outcome, 'person' | 'events'> {
  const open = openRenewals(person, program.id);
  const unsent = open.filter(({ id, handedOverAt }) => handedOverAt === null && lost.has(id));
  const left = open.filter((one) => missed.has(one.id) && isPutAnew(one, person, program, now));
  const unseen = [...unsent, ...left];
  if (unseen.length === 0) return { person, events: [] };
  const closed = withPromptsClosed(person, 'superseded', (one) => unseen.includes(one));
  const events = left.map(({ topics, disclosure }) =>
    draft('superseded', { program: program.id, topics, disclosure }),
  );
  const freed = withoutPromptsSent(closed, unsent);
  return { person: { ...freed, seq: person.seq + events.length }, events };
}

/**
 * Whether a question that did not arrive is put anew: once for each consent, after a rest, and where it leaves a place of the
 * month to questions of other doors. More would be failures enough to close the number, which may be off for a journey alone.
 */
function isPutAnew(missed: Prompt, person: Person, program: Program, now: Date): boolean {
  const restDays = Math.min(REST_DAYS, consentAgeOf(program).askDays / 2);
  if (now.getTime() - missed.issuedAt.getTime() < restDays * DAY_MS) return false;
  const subscription = subscriptionTo(person, program.id);
  const since = subscription?.basis?.at ?? subscription?.since ?? missed.issuedAt;
  const isEarlier = (one: Prompt): boolean =>
    one.id !== missed.id &&
    one.program === program.id &&
    isRenewal(one) &&
    one.handedOverAt !== null &&
    one.issuedAt >= since;
  return !person.prompts.some(isEarlier) && leavesPlace(person, now);
}
