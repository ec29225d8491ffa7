import { endedWithKey } from '../domain/consent/ending.ts';
import type { EventDraft, Reply } from '../domain/consent/outcome.ts';
import type { Person } from '../domain/consent/person.ts';
import { type Book, programById, type Sender } from '../domain/program.ts';
import { sourceByDoor } from '../domain/quality/contact-source.ts';
import { type Cleared, type Clock, clear, deadlineFrom } from '../sending/gate.ts';
import type { Change } from '../store/consent/commit.ts';
import type { ConsentEventDoc } from '../store/consent/consent-events.ts';
import type { InboundDoc } from '../store/consent/inbound.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import type { Words } from '../store/deliveries/new-delivery.ts';
import type { ContactDoc } from '../store/people/contacts.ts';
import { changedRows, fieldsOf, type Holder, placeKept } from '../store/people/holder.ts';
import { appendTo, type Circumstances, GENESIS } from './ledger/ledger.ts';
import { type Leaves, planReply } from './plan-reply.ts';
import type { Start } from './writer.ts';

/** Clocks and keyed hash that the gate's checks need. */
export type Tools = Clock & { indexOf: (number: string) => string };

/** What a use-case decided about one holder, and the facts around it. */
export type Decided = {
  person: Person;
  events: readonly EventDraft[];
  replies: readonly Reply[];
  about: Circumstances;
  book: Book;
  sender: Sender | null;
  cause: string;
  answers: DeliveryDoc['answers'];
  leaves: Leaves;
  inbound: ((written: { contact: string; rev: number; answers: string[] }) => InboundDoc) | null;
};

export type Prepared = {
  change: Change;
  cleared: Cleared[];
  contact: string;
  rev: number;
  /** The contact's, where it was merged with another. */
  personId: string | undefined;
  /** The contact's: who had the number just before. */
  follows: string | undefined;
  person: Person;
};

/**
 * Turns a decision into the one transaction that makes it durable. Replies that leave now are judged by the
 * gate here, on the state this transaction writes; only a committed one may be handed over.
 */
export function prepare(holder: Holder, decided: Decided, start: Start, tools: Tools): Prepared {
  const before = holder.stored;
  const rev = (before?.rev ?? 0) + 1;
  const judged = decided.replies.map((reply, place) =>
    judge(reply, place, { holder, decided, start, rev, tools }),
  );
  const cleared = judged.flatMap((one) => one.cleared ?? []);
  const prompts = new Set(judged.flatMap((one) => (one.cleared ? (one.row.prompt ?? []) : [])));
  const person = withHandedOver(decided.person, prompts, start.at);
  const { events, head } = recorded(holder, withoutUnsaid(decided.events, judged), decided.about);
  const createdAt = before?.createdAt ?? start.at;
  const source = before?.source ?? sourceOf(decided.about);
  const replied = repliedAt(holder, decided);
  const deliveries = judged.map((one) => one.row);
  const answers = deliveries.map((row) => row._id);
  const inbound = decided.inbound?.({ contact: holder.id, rev, answers }) ?? null;
  const follows = before === null ? holder.former?._id : before.follows;
  const personId = before === null ? holder.personId : before.personId;
  const contact: ContactDoc = fieldsOf(holder, person, { rev, head, createdAt, source });
  if (replied !== null) contact.repliedAt = replied;
  if (before === null) Object.assign(contact, begun(holder));
  else keepExpiry(contact, before, start.at);
  const item = inbound === null ? null : openedBy(inbound);
  if (item !== null) contact.inboxItem = item;
  const suppressions = changedRows(holder.person, person);
  const former = holder.former === undefined ? {} : { former: holder.former };
  const change = { contact, before, ...former, suppressions, inbound, events, deliveries };
  return { change, cleared, contact: holder.id, rev, personId, follows, person };
}

/** The entries of an act; of the same person under new keys behind those of what ended with the old ones, or before. */
function recorded(holder: Holder, said: readonly EventDraft[], about: Circumstances) {
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

type Append = (drafts: readonly EventDraft[], by: Circumstances) => ConsentEventDoc[];

const endedBefore = ({ former, person }: Holder, recordedAt: Date, append: Append): ConsentEventDoc[] =>
  endedWithKey(former?.subscriptions ?? [], person.suppressions).flatMap(({ event, undecided }) =>
    undecided === undefined
      ? append([event], { ...KEY_LOST, actedAt: recordedAt, recordedAt })
      : append([event], { ...UNDECIDED_THEN, actedAt: undecided.since, recordedAt }),
  );

/** Whoever runs us noted that the key is lost. */
const KEY_LOST = {
  channel: 'NO_ACT',
  sender: null,
  actor: 'operator',
  rules: 'lost-key-1',
  personal: { origin: JSON.stringify({ rule: 'lost-key' }) },
} as const;

/** The timer ended it then, and could write in no ledger. */
const UNDECIDED_THEN = { ...KEY_LOST, actor: 'job:end-holds', rules: 'timers-1' } as const;

/** What brought a number that nobody had before. */
const sourceOf = ({ channel, personal }: Circumstances): string => sourceByDoor(channel, personal.origin);

/** Any text but an opt-out is a reply; one that was spooled may come after a newer one. Part of the write that happens anyway. */
function repliedAt(holder: Holder, { inbound, answers, person }: Decided): Date | null {
  if (inbound === null || answers === null) return null;
  if (person.lastOptOutAt !== holder.person.lastOptOutAt) return null;
  const before = holder.stored?.repliedAt;
  return before !== undefined && before >= answers.receivedAt ? null : answers.receivedAt;
}

/** What a contact is told of once, as it is written first. */
function begun(holder: Holder): Partial<ContactDoc> {
  const { former, personId } = holder;
  return {
    ...(former && { follows: former._id }),
    ...(personId && { personId }),
    ...placeKept(holder),
  };
}

/**
 * The expiry of a question that was answered stands until it is over, and the job takes it away (`expireDuePrompts`): to
 * take it away here would be a fifth of all that the database does for a text.
 */
function keepExpiry(contact: ContactDoc, { promptExpiresAt }: ContactDoc, now: Date): void {
  if (contact.promptExpiresAt !== undefined || promptExpiresAt === undefined) return;
  if (promptExpiresAt > now) contact.promptExpiresAt = promptExpiresAt;
}

/** The item of the inbox that a text opened; null where it opened none. */
function openedBy({ _id: text, urgency, begins }: InboundDoc): NonNullable<ContactDoc['inboxItem']> | null {
  if (urgency === undefined) return null;
  return { text, urgency, ...(begins === undefined ? {} : { begins }) };
}

/** The entries without words that the gate refused: nobody was shown them. */
function withoutUnsaid(events: readonly EventDraft[], judged: readonly Judged[]): EventDraft[] {
  const unsaid = judged.flatMap(({ row, words }) => (row.state === 'skipped' ? words.text : []));
  if (unsaid.length === 0) return [...events];
  // A MENU in several messages is one entry.
  const none = new Set<string | null>([...unsaid, unsaid.join('\n')]);
  return events.map((event) => (none.has(event.shown) ? { ...event, shown: null } : event));
}

type Judging = { holder: Holder; decided: Decided; start: Start; rev: number; tools: Tools };
type Judged = { row: DeliveryDoc; words: Words; cleared: Cleared | null };

function judge(reply: Reply, place: number, all: Judging): Judged {
  const { holder, decided, start, rev, tools } = all;
  const { sender, cause, answers, leaves, person, book } = decided;
  if (sender === null) throw new Error('a reply needs a sender');
  const own = decided.about.channel === 'VIA_TEXT';
  const plan = { holder, rev, sender, cause, answers, own, leaves, at: start.at };
  const { row, words } = planReply(reply, place, plan);
  if (leaves !== 'now') return { row, words, cleared: null };
  const program = programById(book, reply.program);
  const { handling } = sender;
  const facts = { person, program, handling, index: tools.indexOf(words.to), now: start.at, hoursEnd: null };
  const decision = clear(row, words, facts, deadlineFrom(start.monotonic, start.at), tools);
  if ('cleared' in decision) {
    row.decision = { allowed: true, reasons: [], at: start.at };
    return { row, words, cleared: decision.cleared };
  }
  delete row.open;
  const refused = { allowed: false, reasons: decision.refused, at: start.at };
  const skipped = { ...row, state: 'skipped' as const, epoch: 0, leaseUntil: null, decision: refused };
  return { row: skipped, words, cleared: null };
}

function withHandedOver(person: Person, prompts: ReadonlySet<string>, at: Date): Person {
  if (prompts.size === 0) return person;
  const handed = person.prompts.map((one) =>
    prompts.has(one.id) && one.handedOverAt === null ? { ...one, handedOverAt: at } : one,
  );
  return { ...person, prompts: handed };
}
