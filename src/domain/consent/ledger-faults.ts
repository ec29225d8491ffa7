import type { SubscriptionState } from './consent-state.ts';
import { type OverturnEntry, replayLedger } from './overturn.ts';
import { readScope, type Scope, type SuppressionKind } from './suppression.ts';

/** What is wrong with a ledger. `seq`: the entry; 0 is the contact itself. */
export type LedgerFault = { seq: number; what: string };

/** An entry, as far as the faults below look at it. */
export type CheckedEntry = OverturnEntry & {
  channel: string;
  commitments: Readonly<Record<string, unknown>>;
  /** Null: erased. */
  sealed: unknown;
};

/** Kinds by which somebody is asked, or agrees: whose number it was is part of every one of them. */
const ASKING: readonly string[] = ['requested', 'prompted', 'affirmed', 'confirmed'];

/**
 * Personal fields that an entry cannot be without. An act of a person by text has their number and the text that it came by;
 * whoever acts by a key of the API says why. What a job does rests on no words.
 */
function fieldsNeeded({
  kind,
  channel,
  actor,
}: Pick<CheckedEntry, 'kind' | 'channel' | 'actor'>): readonly string[] {
  if (actor === 'person') return channel === 'VIA_TEXT' ? ['number', 'messageSid'] : ['number'];
  const isJob = actor.startsWith('job:');
  if (ASKING.includes(kind) && !isJob) return ['number'];
  // A renewal is asked for by a job, on the grounds of a consent.
  return actor.startsWith('key:') || kind === 'prompted' ? ['origin'] : [];
}

/**
 * An entry that is bound to nothing personal though its kind must be, or whose personal part is gone without a later entry that
 * says what was erased and why: an `erased` entry with a reason, whose `answers` is the last entry that it erased.
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

/** What a contact says of itself. */
type ClaimedSubscription = {
  program: string;
  state: SubscriptionState;
  topics: readonly string[];
  basis: { seq: number } | null;
};

/**
 * What a contact says of its consent has to follow from its whole chain: one that was emptied, its head set back, still hangs
 * together, and who may write to a contact need not touch the chain at all.
 */
export function unfounded(
  { subscriptions }: { subscriptions: readonly ClaimedSubscription[] },
  events: readonly OverturnEntry[],
): LedgerFault | null {
  return firstFault(subscriptions.map((one) => wrongBasis(one, events))) ?? unsaid(subscriptions, events);
}

const firstFault = (found: readonly (LedgerFault | null)[]): LedgerFault | null =>
  found.find((one) => one !== null) ?? null;

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

/** A program or topic that the contact has on though its entries, all told, leave it off. */
function unsaid(
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

/** A text that a contact sent, as it was recorded. */
export type TextOnRecord = { receivedAt: Date; recordedAt: Date; reading: { kind: string } };

/** A message to a contact, as far as only an entry can have made it. */
export type MessageOnRecord = {
  class: string;
  program: string | null;
  prompt: string | null;
  createdAt: Date;
  /** Absent where the carrier never took it. */
  acceptedAt?: Date;
  test?: boolean;
};

/** What is kept of a contact outside its chain. */
export type Surroundings = { texts: readonly TextOnRecord[]; messages: readonly MessageOnRecord[] };

/**
 * Whether a text must have an entry, whatever stood before. Not a YES after which a birth date is awaited: to say it once more
 * changes nothing.
 */
function needsEntry(
  { reading: { kind }, receivedAt }: TextOnRecord,
  events: readonly CheckedEntry[],
): boolean {
  if (kind !== 'yes') return kind === 'stop-all' || kind === 'stop-some';
  return !events.some((one) => one.kind === 'affirmed' && one.actedAt <= receivedAt);
}

/**
 * Compares a chain with the texts and the messages that are kept for good: the last entries of a chain that were dropped, its
 * head set back, are still told of by what they came with. An entry has both times of its own text.
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
    (one) =>
      needsEntry(one, events) &&
      !acted.has(one.receivedAt.getTime()) &&
      !recorded.has(one.recordedAt.getTime()),
  );
  if (unentered !== undefined)
    return {
      seq,
      what: `a text that was read as ${unentered.reading.kind} is on record, and no entry has it`,
    };
  return (
    firstFault(messages.map((one) => unasked(one, events, recorded))) ??
    firstFault(subscriptions.map((one) => withoutYes(one, events, texts)))
  );
}

/** A message that only an entry can have made, without that entry. */
function unasked(
  { class: kind, program, prompt, createdAt, acceptedAt, test }: MessageOnRecord,
  events: readonly CheckedEntry[],
  recorded: ReadonlySet<number>,
): LedgerFault | null {
  const seq = events.length;
  if (kind === 'opt-out-confirmation' && !recorded.has(createdAt.getTime()))
    return { seq, what: 'an opt-out was confirmed to them, and no entry has it' };
  if (kind === 'prompt' && prompt !== null && !events.some((one) => asksBefore(one, createdAt)))
    return { seq, what: 'they were asked to confirm, and no entry has it' };
  if (kind !== 'marketing' || acceptedAt === undefined || test === true || prompt !== null) return null;
  const isAgreed = events.some(
    (one) => one.kind === 'confirmed' && one.program === program && one.recordedAt <= acceptedAt,
  );
  return isAgreed
    ? null
    : { seq, what: `the carrier took a message of ${program} for them before any YES to it` };
}

const asksBefore = ({ kind, recordedAt }: OverturnEntry, at: Date): boolean =>
  (kind === 'prompted' || kind === 'affirmed') && recordedAt <= at;

/** A subscription whose YES is an entry, and no text that we have. Retention ends the words of a text, and never the text. */
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

/** A row that forbids sending, as far as entries tell of it. */
type KeptSuppression = { scope: Scope; kind: SuppressionKind; generation: number };

/** Entries that raise the rows of an opt-out; rows of the other kinds come and go with what was found out. */
const CLOSING: readonly string[] = ['withdrawn', 'topic-off'];

/**
 * Compares the opt-outs of one number with the chains of all who had it. A row is raised once by each entry of its scope, and
 * never deleted: a row without its entry was invented, or the entry was dropped; an entry without its row was undone.
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
    const row = optOuts.find((one) => one.scope === scope);
    if ((row?.generation ?? 0) < times)
      return `an entry opts out of ${nameOf(scope as Scope)}, and what forbids sending for it was removed or set back`;
  }
  return null;
}

/** A scope in words; it has no number of a person in it, and a sender's is ours. */
function nameOf(scope: Scope): string {
  const parts = readScope(scope);
  if (parts.kind === 'all') return 'everything';
  if (parts.kind === 'program') return `the program ${parts.program}`;
  return parts.kind === 'topic' ? `the topic ${parts.topic} of ${parts.program}` : scope;
}
