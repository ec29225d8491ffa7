import { endedByLostKey } from '../domain/consent/consent-end.ts';
import type { ConsentState } from '../domain/consent/consent-state.ts';
import type { LedgerDraft, ReplyDraft } from '../domain/consent/decision.ts';
import type { PromptRefusal } from '../domain/consent/ledger-reasons.ts';
import { sourceByDoor } from '../domain/contacts/source.ts';
import { type ProgramBook, programById, type Sender } from '../domain/program.ts';
import type { Reason } from '../domain/sending/send-rules.ts';
import { verdictOn } from '../sending/gate.ts';
import { planReply, type ReplyPlan } from '../sending/plan-delivery.ts';
import type { Change } from '../store/consent/commit.ts';
import type { UnsignedEvent } from '../store/consent/consent-events.ts';
import type { InboundDoc } from '../store/consent/inbound-texts.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import { changedRows, fieldsOf, type OpenContact, placeKept } from '../store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import type { MessageContent } from '../store/deliveries/new-delivery.ts';
import { endOf } from '../store/deliveries/queue.ts';
import { appendTo, GENESIS, type LedgerProvenance } from './ledger/ledger.ts';

/** What a use case decided about one holder, and the facts around the decision. */
type DecidedAct = {
  person: ConsentState;
  events: readonly LedgerDraft[];
  replies: readonly ReplyDraft[];
  refusal?: PromptRefusal;
  about: LedgerProvenance;
  book: ProgramBook;
  sender: Sender | null;
  cause: string;
  answers: DeliveryDoc['answers'];
  addresses: ReplyPlan['addresses'];
  /** The act ends something: its replies are not due until that is drained. */
  draining: boolean;
  inbound: ((written: { contact: string; rev: number; answers: string[] }) => InboundDoc) | null;
};

export type BuiltChange = {
  change: Change;
  contact: string;
  rev: number;
  /** The contact's `personId`, set when it was merged with another contact. */
  personId: string | undefined;
  /** The contact that held the number just before. */
  follows: string | undefined;
  person: ConsentState;
  /** Why the person is not asked; null when they are, or when nothing was to be asked. */
  refusal: PromptRefusal | null;
};

/**
 * Turns a decision into the one transaction that makes it durable. A reply that may not be sent is written as ended,
 * with its reasons.
 */
export function buildChange(holder: OpenContact, decided: DecidedAct, at: Date): BuiltChange {
  const before = holder.stored;
  const { person } = decided;
  const rev = (before?.rev ?? 0) + 1;
  const planned = decided.replies.map((reply, place) => plan(reply, place, { holder, decided, at, rev }));
  const { events, head } = recorded(holder, withoutRefused(decided.events, planned), decided.about);
  const createdAt = before?.createdAt ?? at;
  const source = before?.source ?? sourceOf(decided.about);
  const replied = repliedAt(holder, decided);
  const deliveries = planned.map((reply) => reply.row);
  const answers = deliveries.map((row) => row._id);
  const inbound = decided.inbound?.({ contact: holder.id, rev, answers }) ?? null;
  const follows = before === null ? holder.former?._id : before.follows;
  const personId = before === null ? holder.personId : before.personId;
  const contact: ContactDoc = fieldsOf(holder, person, { rev, head, createdAt, source });
  if (replied !== null) contact.repliedAt = replied;
  if (before === null) Object.assign(contact, begun(holder));
  else keepExpiry(contact, before, at);
  const item = inbound === null ? null : openedBy(inbound);
  if (item !== null) contact.inboxItem = item;
  const suppressions = changedRows(holder.person, person);
  const former = holder.former === undefined ? {} : { former: holder.former };
  const change = { contact, before, ...former, suppressions, inbound, events, deliveries };
  return { change, contact: holder.id, rev, personId, follows, person, refusal: decided.refusal ?? null };
}

/**
 * The ledger entries of an act. When the same person continues under new keys, entries for what ended with the old
 * keys come first.
 */
function recorded(holder: OpenContact, said: readonly LedgerDraft[], about: LedgerProvenance) {
  let head = holder.stored?.head ?? { seq: 0, hash: GENESIS };
  const append: Append = (drafts, by) => {
    const added = appendTo({ contact: holder.id, key: holder.keys.evidence, ...head }, drafts, by);
    head = added.head;
    return added.events;
  };
  const events = holder.personId === undefined ? [] : endedBefore(holder, about.recordedAt, append);
  events.push(...append(said, about));
  return { events, head };
}

type Append = (drafts: readonly LedgerDraft[], by: LedgerProvenance) => UnsignedEvent[];

const endedBefore = ({ former, person }: OpenContact, recordedAt: Date, append: Append): UnsignedEvent[] =>
  endedByLostKey(former?.subscriptions ?? [], person.suppressions).flatMap(({ event, undecided }) =>
    undecided === undefined
      ? append([event], { ...KEY_LOST, actedAt: recordedAt, recordedAt })
      : append([event], { ...UNDECIDED_THEN, actedAt: undecided.since, recordedAt }),
  );

/** The operator declared the key lost. */
const KEY_LOST = {
  channel: 'NO_ACT',
  sender: null,
  actor: 'operator',
  rules: 'lost-key-1',
  personal: { origin: JSON.stringify({ rule: 'lost-key' }) },
} as const;

/** The hold's timer ended while the key was lost, so no ledger entry could be written then. */
const UNDECIDED_THEN = { ...KEY_LOST, actor: 'job:end-holds', rules: 'timers-1' } as const;

/** The channel that first brought the number. */
const sourceOf = ({ channel, personal }: LedgerProvenance): string => sourceByDoor(channel, personal.origin);

/**
 * The time of the newest reply of the person: any text but an opt-out. A spooled text may come after a newer one.
 * Written with the contact, so it costs no write of its own.
 */
function repliedAt(holder: OpenContact, { inbound, answers, person }: DecidedAct): Date | null {
  if (inbound === null || answers === null) return null;
  if (person.lastOptOutAt !== holder.person.lastOptOutAt) return null;
  const before = holder.stored?.repliedAt;
  return before !== undefined && before >= answers.receivedAt ? null : answers.receivedAt;
}

/** Fields that are set only when the contact is created. */
function begun(holder: OpenContact): Partial<ContactDoc> {
  const { former, personId } = holder;
  return {
    ...(former && { follows: former._id }),
    ...(personId && { personId }),
    ...placeKept(holder),
  };
}

/**
 * Keeps the expiry date of an answered prompt until the job removes it (`expireDuePrompts`). Removing it here would
 * cost a fifth of all database work for a text.
 */
function keepExpiry(contact: ContactDoc, { promptExpiresAt }: ContactDoc, now: Date): void {
  if (contact.promptExpiresAt !== undefined || promptExpiresAt === undefined) return;
  if (promptExpiresAt > now) contact.promptExpiresAt = promptExpiresAt;
}

/** The inbox item that a text opened; null when it opened none. */
function openedBy({ _id: text, urgency, begins }: InboundDoc): NonNullable<ContactDoc['inboxItem']> | null {
  if (urgency === undefined) return null;
  return { text, urgency, ...(begins === undefined ? {} : { begins }) };
}

/** The entries, with `shown` emptied for words that were refused and therefore shown to nobody. */
function withoutRefused(events: readonly LedgerDraft[], planned: readonly Planned[]): LedgerDraft[] {
  const refused = planned.flatMap(({ row, words }) => (row.open === undefined ? words.text : []));
  if (refused.length === 0) return [...events];
  // A MENU in several messages has one ledger entry with all of its words.
  const none = new Set<string | null>([...refused, refused.join('\n')]);
  return events.map((event) => (none.has(event.shown) ? { ...event, shown: null } : event));
}

type Planning = { holder: OpenContact; decided: DecidedAct; at: Date; rev: number };
type Planned = { row: DeliveryDoc; words: MessageContent };

/**
 * Plans one reply and judges it on the state that this transaction writes. The gate judges it again before sending.
 */
function plan(reply: ReplyDraft, place: number, { holder, decided, at, rev }: Planning): Planned {
  const { sender, cause, answers, addresses, draining, person, book } = decided;
  if (sender === null) throw new Error('a reply needs a sender');
  const own = decided.about.channel === 'VIA_TEXT';
  const how = { holder, rev, sender, cause, answers, addresses, own, draining, at };
  const { row, words } = planReply(reply, place, how);
  const program = programById(book, reply.program);
  const verdict = verdictOn(row, { person, program, handling: sender.handling, now: at });
  return { row: verdict.allowed ? row : refusedAtOnce(row, verdict.reasons, at), words };
}

function refusedAtOnce(
  { open: _, draining: __, ...row }: DeliveryDoc,
  reasons: Reason[],
  at: Date,
): DeliveryDoc {
  return { ...row, state: endOf(reasons), decision: { allowed: false, reasons, at } };
}
