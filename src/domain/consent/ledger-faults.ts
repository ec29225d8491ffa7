import type { SubscriptionState } from './consent-state.ts';
import { type OverturnEntry, replayLedger } from './overturn.ts';
import { readScope, type Scope, type SuppressionKind } from './suppression.ts';

/** A fault in a ledger. `seq`: the entry; 0 is the contact itself. */
export type LedgerFault = { seq: number; what: string };

/** The fields of an entry that these checks read. */
export type CheckedEntry = OverturnEntry & {
  channel: string;
  commitments: Readonly<Record<string, unknown>>;
  /** Null: erased. */
  sealed: unknown;
};

/** Kinds of entry by which somebody is asked or agrees. Each must commit to the number. */
const ASKING: readonly string[] = ['requested', 'prompted', 'affirmed', 'confirmed'];

/**
 * Personal fields that an entry must commit to. A person's act by text has their number and the MessageSid; an act
 * with an API key has its reason (`origin`). A job's act needs no words.
 */
function fieldsNeeded({
  kind,
  channel,
  actor,
}: Pick<CheckedEntry, 'kind' | 'channel' | 'actor'>): readonly string[] {
  if (actor === 'person') return channel === 'VIA_TEXT' ? ['number', 'messageSid'] : ['number'];
  const isJob = actor.startsWith('job:');
  if (ASKING.includes(kind) && !isJob) return ['number'];
  // A job asks for a renewal on the grounds of an earlier consent.
  return actor.startsWith('key:') || kind === 'prompted' ? ['origin'] : [];
}

/**
 * Finds an entry that lacks a required commitment, or whose sealed fields are gone without a later `erased` entry
 * that gives a reason and whose `answers` is the last erased entry.
 */
export function unexplained(events: readonly CheckedEntry[], keyIsDestroyed: boolean): LedgerFault | null {
  const erasedUpTo = new Map<number, number>();
  let until = 0;
  for (const { seq, kind, reason, answers } of events.toReversed()) {
    erasedUpTo.set(seq, until);
    if (kind === 'erased' && reason !== null && answers !== null && answers < seq)
      until = Math.max(until, answers);
  }
  for (const event of events) {
    const { seq, commitments, sealed } = event;
    const missing = fieldsNeeded(event).find((field) => commitments[field] === undefined);
    if (missing !== undefined)
      return { seq, what: `an entry of this kind is bound to its ${missing}, and this one is not` };
    const isPersonal = Object.keys(commitments).length > 0;
    if (!isPersonal || seq <= (erasedUpTo.get(seq) ?? 0)) continue;
    if (sealed === null) return { seq, what: 'its sealed fields are gone, and no later entry says why' };
    if (keyIsDestroyed) return { seq, what: 'its evidence key is gone, and no later entry says why' };
  }
  return null;
}

/** A subscription as the contact states it. */
type ClaimedSubscription = {
  program: string;
  state: SubscriptionState;
  topics: readonly string[];
  basis: { seq: number } | null;
};

/**
 * Checks that the contact's subscriptions follow from its whole chain. A chain emptied together with its head is
 * still consistent, and a writer with access to the contact need not touch the chain at all.
 */
export function unfounded(
  { subscriptions }: { subscriptions: readonly ClaimedSubscription[] },
  events: readonly OverturnEntry[],
): LedgerFault | null {
  return (
    firstFault(subscriptions.map((subscription) => wrongBasis(subscription, events))) ??
    offByEntries(subscriptions, events)
  );
}

const firstFault = (found: readonly (LedgerFault | null)[]): LedgerFault | null =>
  found.find((fault) => fault !== null) ?? null;

function wrongBasis(
  { program, basis }: ClaimedSubscription,
  events: readonly OverturnEntry[],
): LedgerFault | null {
  if (basis === null) return null;
  const { seq } = basis;
  const entry = events[seq - 1];
  if (entry === undefined) return { seq, what: 'the entry that a subscription rests on is missing' };
  if (entry.kind === 'confirmed' && entry.program === program) return null;
  return { seq, what: `the subscription to ${program} rests on the entry, which is no YES to it` };
}

/** Finds a program or topic that is on in the contact and off by all its entries. */
function offByEntries(
  subscriptions: readonly ClaimedSubscription[],
  events: readonly OverturnEntry[],
): LedgerFault | null {
  const subscribed = subscriptions.filter(({ state }) => state === 'subscribed');
  if (subscribed.length === 0) return null;
  const { joined } = replayLedger(events);
  const seq = events.length;
  for (const { program, topics } of subscribed) {
    const agreed = joined.get(program);
    if (agreed === undefined)
      return { seq, what: `the contact is subscribed to ${program}, and by its entries is not` };
    const extra = topics.find((topic) => !agreed.topics.includes(topic));
    if (extra !== undefined)
      return { seq, what: `the contact has ${extra} of ${program} on, and by its entries has not` };
  }
  return null;
}

/** A text of a contact as recorded. */
export type TextOnRecord = { receivedAt: Date; recordedAt: Date; reading: { kind: string } };

/** A message to a contact; some kinds of message require a ledger entry. */
export type MessageOnRecord = {
  class: string;
  program: string | null;
  prompt: string | null;
  createdAt: Date;
  /** Absent when the carrier never accepted it. */
  acceptedAt?: Date;
  test?: boolean;
};

/** The records about a contact outside its chain. */
export type Surroundings = { texts: readonly TextOnRecord[]; messages: readonly MessageOnRecord[] };

/**
 * Whether a text must have an entry whatever came before. A repeated YES while a birth date is awaited changes
 * nothing and needs none.
 */
function needsEntry(
  { reading: { kind }, receivedAt }: TextOnRecord,
  events: readonly CheckedEntry[],
): boolean {
  if (kind !== 'yes') return kind === 'stop-all' || kind === 'stop-some';
  return !events.some((event) => event.kind === 'affirmed' && event.actedAt <= receivedAt);
}

/**
 * Compares a chain with the texts and messages that are kept for good. They show when the last entries of a chain
 * were dropped and its head set back. An entry has both times of its own text.
 */
export function contradiction(
  { subscriptions }: { subscriptions: readonly ClaimedSubscription[] },
  events: readonly CheckedEntry[],
  { texts, messages }: Surroundings,
): LedgerFault | null {
  const acted = new Set(events.map(({ actedAt }) => actedAt.getTime()));
  const recorded = new Set(events.map(({ recordedAt }) => recordedAt.getTime()));
  const seq = events.length;
  const unentered = texts.find(
    (text) =>
      needsEntry(text, events) &&
      !acted.has(text.receivedAt.getTime()) &&
      !recorded.has(text.recordedAt.getTime()),
  );
  if (unentered !== undefined)
    return {
      seq,
      what: `a text that was read as ${unentered.reading.kind} is on record, and no entry has it`,
    };
  return (
    firstFault(messages.map((message) => unasked(message, events, recorded))) ??
    firstFault(subscriptions.map((subscription) => withoutYes(subscription, events, texts)))
  );
}

/** Finds a message that requires an entry and has none. */
function unasked(
  { class: kind, program, prompt, createdAt, acceptedAt, test }: MessageOnRecord,
  events: readonly CheckedEntry[],
  recorded: ReadonlySet<number>,
): LedgerFault | null {
  const seq = events.length;
  if (kind === 'opt-out-confirmation' && !recorded.has(createdAt.getTime()))
    return { seq, what: 'an opt-out was confirmed to them, and no entry has it' };
  if (kind === 'prompt' && prompt !== null && !events.some((event) => asksBefore(event, createdAt)))
    return { seq, what: 'they were asked to confirm, and no entry has it' };
  if (kind !== 'marketing' || acceptedAt === undefined || test === true || prompt !== null) return null;
  const isAgreed = events.some(
    (event) => event.kind === 'confirmed' && event.program === program && event.recordedAt <= acceptedAt,
  );
  return isAgreed
    ? null
    : { seq, what: `the carrier took a message of ${program} for them before any YES to it` };
}

const asksBefore = ({ kind, recordedAt }: OverturnEntry, at: Date): boolean =>
  (kind === 'prompted' || kind === 'affirmed') && recordedAt <= at;

/**
 * Finds a subscription whose YES has an entry but no recorded text. Retention removes the words of a text, never the
 * text.
 */
function withoutYes(
  { basis }: ClaimedSubscription,
  events: readonly CheckedEntry[],
  texts: readonly TextOnRecord[],
): LedgerFault | null {
  const entry = basis === null ? undefined : events[basis.seq - 1];
  if (entry === undefined || entry.channel !== 'VIA_TEXT' || entry.actor !== 'person') return null;
  const isThere = texts.some(
    ({ receivedAt, recordedAt }) =>
      receivedAt.getTime() === entry.actedAt.getTime() || recordedAt.getTime() === entry.recordedAt.getTime(),
  );
  return isThere ? null : { seq: entry.seq, what: 'the text that a subscription rests on is missing' };
}

/** The fields of a suppression that ledger entries determine. */
type KeptSuppression = { scope: Scope; kind: SuppressionKind; generation: number };

/** Entries that raise an opt-out suppression. Other kinds of suppression have no such entries. */
const CLOSING: readonly string[] = ['withdrawn', 'topic-off'];

/**
 * Compares the opt-outs of one number with the chains of all its holders. Each entry of a scope raises its
 * suppression once, and suppressions are never deleted. A suppression without an entry was invented, or its entry was
 * dropped; an entry without a suppression was undone.
 */
export function suppressionFault(
  rows: readonly KeptSuppression[],
  chains: readonly (readonly OverturnEntry[])[],
): string | null {
  const raised = new Map<string, number>();
  for (const { kind, scope } of chains.flat())
    if (scope !== null && CLOSING.includes(kind)) raised.set(scope, (raised.get(scope) ?? 0) + 1);
  const optOuts = rows.filter(({ kind }) => kind === 'opt-out');
  for (const { scope, generation } of optOuts)
    if (generation > (raised.get(scope) ?? 0))
      return `the opt-out of ${nameOf(scope)} is on record, and no entry has it`;
  for (const [scope, times] of raised) {
    const row = optOuts.find((keptSuppression) => keptSuppression.scope === scope);
    if ((row?.generation ?? 0) < times)
      return `an entry opts out of ${nameOf(scope as Scope)}, and what forbids sending for it was removed or set back`;
  }
  return null;
}

/** A scope in words. No person's number is in it; a sender's number is ours. */
function nameOf(scope: Scope): string {
  const parts = readScope(scope);
  if (parts.kind === 'all') return 'everything';
  if (parts.kind === 'program') return `the program ${parts.program}`;
  return parts.kind === 'topic' ? `the topic ${parts.topic} of ${parts.program}` : scope;
}
