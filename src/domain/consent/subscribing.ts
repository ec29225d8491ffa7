import type { Program } from '../program.ts';
import { agreesTo, marketingOn } from './ageing.ts';
import { confirmWordOf } from './naming.ts';
import { type Act, draft, type EventDraft } from './outcome.ts';
import {
  asksForTopic,
  type Basis,
  isSubscribed,
  type Person,
  type Prompt,
  type Subscription,
  subscriptionTo,
  withSubscription,
} from './person.ts';
import { lift, readScope, type Scope, type Suppression } from './suppression.ts';
import { isPaused } from './unsettled.ts';

/** Topics of marketing that had lapsed, and that a YES to another one did not renew. */
export function lapsedBy(before: Person, after: Person, program: Program): EventDraft[] {
  const kept = subscriptionTo(after, program.id)?.topics ?? [];
  const old = subscriptionTo(before, program.id)?.topics ?? [];
  const topics = old.filter((topic) => isSubscribed(before, program.id) && !kept.includes(topic));
  return topics.length === 0 ? [] : [draft('topic-off', { program: program.id, topics, reason: 'lapsed' })];
}

/** A pause under way that ended with this YES. */
export const resumedBy = (before: Person, after: Person, now: Date): EventDraft[] =>
  isPaused(before, now) && !isPaused(after, now) ? [draft('resumed', { reason: 'a new consent' })] : [];

/**
 * The person after a YES that counts. A pause belongs to the consents to marketing from before it: where none is left, it
 * is over with a YES to marketing, unless it may bind another number of theirs.
 */
export function subscribed(before: Person, prompt: Prompt, program: Program, act: Act): Person {
  const current = subscriptionTo(before, program.id);
  const joined = current?.state === 'subscribed' ? current : null;
  const basis = basisOf(before, prompt, program, act);
  const person = withSubscription(before, agreed(joined, prompt, program, basis));
  const adds = joined !== null && asksForTopic(prompt);
  // Whoever holds the number now has agreed.
  const known = before.wrongNumberAt == null ? {} : { wrongNumberAt: null };
  const suppressions = liftedBy(before.suppressions, prompt, adds);
  const isAnew = !before.subscriptions.some(
    ({ state, purposes }) => state === 'subscribed' && purposes.includes('marketing'),
  );
  const isAlone = before.others === undefined || before.others?.length === 0;
  // A pause that they asked for since is their newer word.
  const isNewer = before.pausedAt === undefined || before.pausedAt <= act.receivedAt;
  const ends = isNewer && isAnew && isAlone && marketingOn(prompt, program).length > 0;
  const pause = ends && before.pausedUntil !== null ? { pausedUntil: null, pausedAt: act.receivedAt } : {};
  return { ...person, suppressions, language: prompt.language, ...pause, ...known };
}

/**
 * A subscription after YES. One more topic is no consent to the program anew: it comes to what is there, and what that
 * rests on stays. Where the topic is the first of marketing, or consent to marketing had lapsed, marketing rests on this
 * YES, and no older topic of it does.
 */
function agreed(joined: Subscription | null, prompt: Prompt, program: Program, basis: Basis): Subscription {
  const named = program.topics.filter(({ id }) => prompt.topics.includes(id)).map(({ purpose }) => purpose);
  const purposes = [...new Set([...(joined?.purposes ?? []), ...named])];
  const all = (kept: readonly string[]): string[] => [...new Set([...kept, ...prompt.topics])];
  const state = 'subscribed' as const;
  if (joined === null || !asksForTopic(prompt)) {
    const topics = all(joined?.topics ?? []);
    return { program: program.id, state, since: joined?.since ?? basis.at, topics, purposes, basis };
  }
  const adds = !named.includes('marketing') || agreesTo(joined, program, 'marketing', basis.at);
  if (adds) return { ...joined, topics: all(joined.topics), purposes };
  const lapsed = marketingOn(joined, program);
  const topics = all(joined.topics.filter((topic) => !lapsed.includes(topic)));
  return { program: program.id, state, since: joined.since, topics, purposes, basis };
}

function basisOf(
  { seq }: Person,
  prompt: Prompt,
  program: Program,
  { receivedAt, reading, words }: Act,
): Basis {
  // The birth date that completed an age gate is not kept.
  const typed =
    reading.kind === 'birth-date'
      ? (prompt.words ?? confirmWordOf(program, prompt.language))
      : words.slice(0, 40);
  const { channel, disclosure } = prompt;
  return { at: receivedAt, channel, words: typed, disclosure, seq: seq + 1 };
}

/** One more topic lifts what was said of that topic alone; a hold, and an opt-out of more, ask for JOIN and YES. */
function liftedBy(before: readonly Suppression[], prompt: Prompt, topicOnly: boolean): Suppression[] {
  const { program } = prompt;
  let suppressions = [...before];
  for (const [name, generation] of Object.entries(prompt.under)) {
    const scope = name as Scope;
    if (topicOnly && readScope(scope).kind !== 'topic') continue;
    suppressions = lift(suppressions, { scope, kind: 'opt-out', program, generation });
  }
  const hold = before.find((row) => row.scope === 'all' && row.kind === 'hold');
  if (topicOnly || hold === undefined || hold.since > prompt.issuedAt) return suppressions;
  const { scope, kind, generation } = hold;
  return lift(suppressions, { scope, kind, program, generation });
}
