import { isReturn } from '../audience/activity.ts';
import type { EventKind } from '../consent/outcome.ts';
import { type ActChannel, type DisclosureRef, isRenewal, subscriptionTo } from '../consent/person.ts';
import { DAY_MS } from '../durations.ts';
import { mustEnd, type Standing } from './ending.ts';
import type { Plan, Reentry, Trigger } from './journey.ts';

/** What a person did longer ago than this when we hear of it begins nothing, days: a backfill is no news. */
const STALE_DAYS = 7;

/** The last time someone went through a journey. */
export type LastRun = { nth: number; triggeredAt: Date; open: boolean };

/** An entry of the ledger, as far as it may begin a journey. */
export type LedgerEntry = {
  kind: EventKind;
  program: string | null;
  topics: readonly string[];
  channel: ActChannel;
  reason: string | null;
  /** Of a yes: the words that it answers. */
  disclosure: DisclosureRef | null;
  recordedAt: Date;
};

/** Something that may begin a journey for someone. `actedAt`: of a consent, when it was given. */
export type Told = { at: Date; actedAt?: Date };

/** Kinds of ledger entries that may begin a journey, and that may end one. */
export const BEGINNING: readonly EventKind[] = ['confirmed', 'topic-on'];
export const ENDING: readonly EventKind[] = ['withdrawn', 'topic-off', 'held'];

/**
 * Whether a consent begins it. One that came by import does not: a list is no person who just said yes. A yes to a renewal
 * turns no topic on: it names what is on already.
 */
export function begunByConsent(trigger: Trigger, program: string, entry: LedgerEntry): boolean {
  if (trigger.kind !== 'consent' || entry.program !== program || entry.channel === 'IMPORT') return false;
  if (trigger.topics === null) return entry.kind === 'confirmed';
  if (entry.disclosure !== null && isRenewal({ disclosure: entry.disclosure })) return false;
  return BEGINNING.includes(entry.kind) && entry.topics.some((topic) => trigger.topics?.includes(topic));
}

/** Whether an event begins it: it happened since the journey was started, is news, and gave nothing back. */
export function begunByEvent(
  { at, receivedAt, amount }: { at: Date; receivedAt: Date; amount: number | null },
  startedAt: Date,
): boolean {
  return at >= startedAt && isNews(at, receivedAt) && !isReturn(amount);
}

/** Whether what happened at a moment may begin something still, where we hear of it now. */
export const isNews = (at: Date, now: Date): boolean => now.getTime() - at.getTime() <= STALE_DAYS * DAY_MS;

/**
 * Whether a trigger begins a run, and the how many-eth it is. The same trigger again begins nothing: it is no later
 * than the one that did. Who has no consent to the program does not enter, and may later; by a word that they texted under
 * a consent which ended, never. A consent to the program begins it where the one that stands began by it.
 */
export function entryOf(
  told: Told,
  { trigger, reentry, steps }: Plan,
  last: LastRun | null,
  program: string,
  standing: Standing,
): { nth: number; since: Date } | null {
  if (last !== null && !mayAgain(told.at, reentry, last)) return null;
  const since = standing.person === null ? undefined : subscriptionTo(standing.person, program)?.since;
  if (since === undefined) return null;
  // Under a consent that has ended since, a word was texted: the one that stands came by another act.
  if (trigger.kind === 'keyword' && told.at < since) return null;
  // One more topic, or a renewal, is no consent to the program anew.
  const isOfProgram = trigger.kind === 'consent' && trigger.topics === null;
  if (isOfProgram && told.actedAt?.getTime() !== since.getTime()) return null;
  if (mustEnd({ program, since }, steps, standing) !== null) return null;
  return { nth: (last?.nth ?? 0) + 1, since };
}

/**
 * The earliest of several triggers of one person that begins a run, with the run. One that comes too early after the
 * last run does not stand in the way of a later one; those after it are judged by the run that begins.
 */
export function firstEntry(
  triggers: readonly Told[],
  plan: Plan,
  last: LastRun | null,
  program: string,
  standing: Standing,
): { at: Date; nth: number; since: Date } | null {
  for (const told of triggers.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    const entry = entryOf(told, plan, last, program, standing);
    if (entry !== null) return { at: told.at, ...entry };
  }
  return null;
}

function mayAgain(at: Date, reentry: Reentry, { open, triggeredAt }: LastRun): boolean {
  if (reentry.kind === 'once' || open) return false;
  return at.getTime() >= triggeredAt.getTime() + reentry.days * DAY_MS;
}
