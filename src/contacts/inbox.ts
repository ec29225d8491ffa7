import type { AppContext } from '../consent/app-context.ts';
import { closedIn, drainAgain, type EndedBefore } from '../consent/drain-opt-out.ts';
import { addressesOf } from '../consent/inbound/inbound-record.ts';
import { itemOf } from '../consent/review/overturn-opt-out.ts';
import { type OptedOut, optOutReviewed } from '../consent/review/staff-opt-out.ts';
import { type ConsentState, isSubscribed } from '../domain/consent/consent-state.ts';
import { isMarked } from '../domain/consent/ledger-origin.ts';
import { type Program, type ProgramBook, programsOn } from '../domain/program.ts';
import type { Reason } from '../domain/sending/send-rules.ts';
import { planAnswer } from '../sending/plan-delivery.ts';
import { StaleRead } from '../store/consent/commit.ts';
import { type ConsentEventDoc, entriesOf } from '../store/consent/consent-events.ts';
import { findInbound, type InboundDoc, type ItemEnd, newestText } from '../store/consent/inbound-texts.ts';
import { closeInboxItem, firstTextsOf, isUnread, sentLast } from '../store/consent/inbox.ts';
import { type ContactDoc, findContact } from '../store/contacts/contacts.ts';
import { type OpenContact, unlessClosed } from '../store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import { deliveryId } from '../store/deliveries/new-delivery.ts';
import { KeyMissing, type KeyRing, openByRing, sealByRing, type WrappedKey } from '../store/sealing/keys.ts';
import { seal, unseal } from '../store/sealing/sealing.ts';
import { lostAmong } from '../store/startup-checks.ts';
import type { Store } from '../store/store.ts';
import { contactById, type OpenedContact } from './find-contact.ts';

/** Who is behind an item; nobody where both are null. `lost`: whom no process opens again, for the key that sealed them is lost. */
type Behind = { contact: OpenedContact | null; lost: ContactDoc | null };

/** Fresh facts about who is behind an item; null where this process cannot open them, and nobody noted their key as lost. */
async function personBehind(desk: AppContext, { contact: id }: InboundDoc): Promise<Behind | null> {
  if (id === null) return { contact: null, lost: null };
  try {
    return { contact: await contactById(desk, id), lost: null };
  } catch (error) {
    if (!(error instanceof KeyMissing)) throw error;
    const stored = await findContact(desk.store, id);
    const [lost] = stored === null ? [] : await lostAmong(desk.store, [stored]);
    return lost === undefined ? null : { contact: null, lost };
  }
}

/** `isMarked`: as somebody who is not the person we mean. */
type CutOff = EndedBefore & { isMarked: boolean };

/**
 * What somebody ended of a person by this item, which is open all the same, having read as far: that request was cut off
 * between the opt-out and the item. Null where nothing was, or compliance overturned it since. Throws `SealBroken`.
 */
async function unfinishedOptOut(
  store: Store,
  { item, actor, read }: { item: string; actor: string; read: string },
  { id, keys }: OpenedContact,
): Promise<CutOff | null> {
  const chain = await entriesOf(store, id, ['withdrawn', 'released', 'overturned']);
  const overturned = chain.flatMap(({ kind, answers }) => (kind === 'overturned' ? [answers] : []));
  const isOfOrder = (entry: ConsentEventDoc): boolean => {
    if (entry.kind === 'overturned' || overturned.includes(entry.seq)) return false;
    const of = itemOf(entry, keys.evidence);
    return entry.actor === actor && of?.item === item && of.read === read;
  };
  const entries = chain.filter(isOfOrder);
  const last = entries.at(-1);
  const scopes = closedIn(entries);
  if (last === undefined || scopes.length === 0) return null;
  return { contact: id, scopes, seq: last.seq, isMarked: entries.some(({ reason }) => isMarked(reason)) };
}

export type ItemOutcome =
  | { kind: 'ended'; ended: ItemEnd; repeated: boolean }
  | { kind: 'unknown' }
  /** Seen to by someone else, or overtaken by `by` a more urgent text of the same person; null where that ended too. */
  | { kind: 'over'; ended: ItemEnd | null; by: string | null }
  /** Nobody is behind it: its number is gone, never was readable, or was sealed by a key that is lost. */
  | { kind: 'nobody' }
  /** Whoever is behind it cannot be opened here, and may be elsewhere. */
  | { kind: 'unreadable' }
  /** Whoever is behind it has not the number any more: an act would be about its next holder. */
  | { kind: 'former' }
  /** What was read last is no text of the item. */
  | { kind: 'not-of-item' }
  /** They wrote again what is for staff to read, and nobody read that. `spared`: they are opted out of all but that. */
  | { kind: 'unread'; spared?: string[] }
  /** All that they are in they confirmed after what was read: nobody was opted out. */
  | { kind: 'confirmed-since' }
  | { kind: 'refused'; reasons: Reason[] };

/** `readUntil`: the last text that was read; null: the one that opened the item. */
type Order = { item: string; actor: string; readUntil: string | null };

/** How often a person may write between our look and our write. */
const TRIES = 5;

/** Answers an open item in words of staff. The same answer by the same hand again changes nothing. */
export function answerItem(
  desk: AppContext,
  order: Order & { text: string; digest: string },
): Promise<ItemOutcome> {
  return onOpenItem(
    desk,
    order.item,
    async (item, contact) => {
      if (contact === null) return { kind: 'nobody' };
      if (!contact.stored.current) return { kind: 'former' };
      const unread = await notEndedBy(desk.store, { item, contact, readUntil: order.readUntil });
      if (unread !== null) return unread;
      const answers = (await newestText(desk.store, contact.id)) ?? item;
      const catalog = desk.catalog.current();
      const program = programOf(catalog.book, answers.to, contact.person);
      const sender = catalog.sender(answers.to);
      if (program === null || sender === null) return { kind: 'refused', reasons: ['no-sender'] };
      const planned = planAnswer(
        contact,
        {
          text: order.text,
          digest: order.digest,
          program,
          sender,
          answers: { sid: answers._id, receivedAt: answers.receivedAt },
          addresses: addressesOf(answers, contact.keys.profile),
          rev: contact.stored.rev + 1,
        },
        desk.now(),
      );
      if ('reasons' in planned) return { kind: 'refused', reasons: planned.reasons };
      const { row } = planned;
      return end(desk, item, contact, {
        ...{ actor: order.actor, how: 'answer', program: program.id },
        answer: row,
      });
    },
    (ended, contact) => contact !== null && ended.delivery === deliveryId(contact, order.digest),
  );
}

type ItemOptOut = Order & { reason: string; wrongNumber: boolean };

/**
 * Opts the person out of everything but what they confirmed after what was read: someone read that out of their words. The
 * item ends with it, unless something was spared and there is more to read. The same by the same hand again changes nothing,
 * and ends the item where the first was cut off before it could; with a mark that the first did not make it is another decision.
 */
export async function optOutItem(desk: AppContext, order: ItemOptOut): Promise<ItemOutcome> {
  const { item: id, actor, wrongNumber } = order;
  // First the person, then the list: where they write between the two they are out all the same, and not once more.
  let done: Done | null = null;
  const out = async (item: InboundDoc, contact: OpenedContact | null): Promise<ItemOutcome> => {
    if (done === null) {
      const outcome = await optOutBy(desk, order, item, contact);
      if ('kind' in outcome) return outcome;
      done = outcome;
    }
    const { spared, isMarked, text } = done;
    const marks = isMarked ? { wrongNumber: isMarked } : {};
    const fresh = contact === null ? null : await contactById(desk, contact.id);
    if (fresh !== null && spared.length > 0 && (await isUnread(desk.store, fresh.id, text))) {
      return { kind: 'unread', spared };
    }
    const program = programIn(desk, item, fresh);
    return end(desk, item, fresh, { actor, ...marks, how: 'opt-out', program, spared });
  };
  const isSame = ({ how, by, wrongNumber: marked }: ItemEnd): boolean =>
    how === 'opt-out' && by === actor && (marked === true || !wrongNumber);
  return onOpenItem(desk, id, out, isSame);
}

/** Programs that the person stays in, whether they were marked, and the last text that was read. */
type Done = Pick<OptedOut, 'spared'> & { isMarked: boolean; text: InboundDoc };

async function optOutBy(
  desk: AppContext,
  order: ItemOptOut,
  item: InboundDoc,
  contact: OpenedContact | null,
): Promise<Done | ItemOutcome> {
  const { reason, wrongNumber, readUntil, actor } = order;
  if (contact === null) return { kind: 'nobody' };
  if (!contact.stored.current) return { kind: 'former' };
  const text = await lastRead(desk.store, item, readUntil);
  if (text === null) return { kind: 'not-of-item' };
  const { id, number, person } = contact;
  const read = text._id;
  const before = await unfinishedOptOut(desk.store, { item: item._id, actor, read }, contact);
  // A mark that the first request did not make is another decision.
  if (before !== null && (before.isMarked || !wrongNumber)) {
    await drainAgain(desk, before);
    const kept = person.subscriptions.filter(({ state }) => state === 'subscribed');
    return { spared: kept.map(({ program }) => program), isMarked: before.isMarked, text };
  }
  // Not the last one that was read: that may be an older one, which reached us late.
  const newest = await sentLast(desk.store, item, text);
  const done = await optOutReviewed(desk, {
    ...{ contact: id, number, text: newest, since: newest.receivedAt, wrongNumber, actor },
    origin: { door: 'inbox', item: item._id, read, reason },
    open: () => true,
  });
  if (done === null) throw new StaleRead('the number has had another holder since the contact was read');
  const { spared, ended } = done;
  return ended.length === 0 ? { kind: 'confirmed-since' } : { spared, isMarked: wrongNumber, text };
}

/** Ends an item that needs nothing more. The same by the same hand again changes nothing. */
export function closeItem(desk: AppContext, order: Order & { reason: string }): Promise<ItemOutcome> {
  const { item: id, actor, readUntil } = order;
  const close: Work = async (item, contact, lost) => {
    const unread = await notEndedBy(desk.store, { item, contact, readUntil });
    if (unread !== null) return unread;
    const program = programIn(desk, item, contact);
    // Of somebody who was erased meanwhile, or whose key is lost, there is none to seal it with.
    const isGone = contact === null && item.contact !== null;
    const sealed = isGone
      ? {}
      : { reason: sealReason(desk.ring, { item: id, holder: contact, reason: order.reason }) };
    return end(desk, item, contact, { actor, how: 'close', program, lost, ...sealed });
  };
  return onOpenItem(desk, id, close, ({ how, by }) => how === 'close' && by === actor);
}

/** Whether an item ended by what is ordered now. */
type IsSame = (ended: ItemEnd, contact: OpenContact | null) => boolean;

type Work = (
  item: InboundDoc,
  contact: OpenedContact | null,
  lost: ContactDoc | null,
) => Promise<ItemOutcome>;

/** Does something with an open item on fresh facts, again where the person wrote meanwhile. */
async function onOpenItem(desk: AppContext, id: string, work: Work, isSame: IsSame): Promise<ItemOutcome> {
  for (let tries = 1; ; tries += 1) {
    const [item] = await findInbound(desk.store, [id]);
    if (item === undefined) return { kind: 'unknown' };
    const found = await personBehind(desk, item);
    const contact = found?.contact ?? null;
    if (item.inbox !== 'open') return over(item, contact, isSame);
    if (found === null) return { kind: 'unreadable' };
    const current = (contact?.stored ?? found.lost)?.inboxItem?.text ?? id;
    if (current !== id) return { kind: 'over', ended: null, by: current };
    try {
      const outcome = await work(item, contact, found.lost);
      // Another order of the same, sent again before it was answered, was first.
      return outcome.kind === 'over' && outcome.ended !== null
        ? lost(outcome.ended, isSame(outcome.ended, contact))
        : outcome;
    } catch (error) {
      if (!(error instanceof StaleRead) || tries >= TRIES) throw error;
    }
  }
}

function over({ inbox, ended }: InboundDoc, contact: OpenContact | null, isSame: IsSame): ItemOutcome {
  if (inbox === undefined || ended === undefined) return { kind: 'unknown' };
  return lost(ended, isSame(ended, contact));
}

const lost = (ended: ItemEnd, repeated: boolean): ItemOutcome =>
  repeated ? { kind: 'ended', ended, repeated } : { kind: 'over', ended, by: null };

type Ending = Omit<ItemEnd, 'by' | 'at' | 'delivery'> & {
  actor: string;
  answer?: DeliveryDoc;
  lost?: ContactDoc | null;
};

async function end(
  desk: AppContext,
  item: InboundDoc,
  contact: OpenedContact | null,
  ending: Ending,
): Promise<ItemOutcome> {
  const ended = endOf(ending, desk.now());
  const about = { contact: contact?.stored ?? ending.lost ?? null, answer: ending.answer ?? null };
  const won = await closeInboxItem(desk.store, item, ended, about);
  if (won) return { kind: 'ended', ended, repeated: false };
  const [now] = await findInbound(desk.store, [item._id]);
  return { kind: 'over', ended: now?.ended ?? null, by: null };
}

/** Field by field: what an order has beside them, as the words of an answer, is not kept in the clear. */
const endOf = (
  { how, actor: by, program, answer, reason, wrongNumber, spared }: Ending,
  at: Date,
): ItemEnd => ({
  ...{ how, by, at, program, delivery: answer?._id ?? null },
  ...(reason === undefined ? {} : { reason }),
  ...(wrongNumber === undefined ? {} : { wrongNumber }),
  ...(spared === undefined ? {} : { spared }),
});

const programIn = (desk: AppContext, item: InboundDoc, contact: OpenedContact | null): string | null =>
  programOf(desk.catalog.current().book, item.to, contact?.person ?? null)?.id ?? null;

/** The program that a text to one of our numbers is about: one the person is in, else the first on the number. */
function programOf(book: ProgramBook, number: string, person: ConsentState | null): Program | null {
  const here = programsOn(book, number);
  const mine = here.find(({ id }) => person !== null && isSubscribed(person, id));
  return mine ?? here[0] ?? null;
}

const placeOf = (item: string): string => `inbound:${item}:end-reason`;

/** Seals why an item was ended: under the profile key of who is behind it, or by the ring where nobody is. */
function sealReason(
  ring: KeyRing,
  { item, holder, reason }: { item: string; holder: OpenContact | null; reason: string },
): Buffer | WrappedKey {
  const place = placeOf(item);
  return holder === null ? sealByRing(ring, place, reason) : seal(holder.keys.profile, place, reason);
}

/** Why an item was ended; null where nobody said so, it is kept no more, or no key of this process opens it. */
export function endReason(
  ring: KeyRing,
  { _id, ended }: InboundDoc,
  holder: OpenContact | null,
): string | null {
  const sealed = ended?.reason;
  if (sealed === undefined) return null;
  const place = placeOf(_id);
  const opened = unlessClosed(() => {
    if (!Buffer.isBuffer(sealed)) return openByRing(ring, place, sealed);
    return holder === null ? null : unseal(holder.keys.profile, place, sealed);
  });
  return opened?.toString('utf8') ?? null;
}

/** The text up to which an item was read: without an id the one that opened it. Null where it is none of its texts. */
async function lastRead(
  store: Store,
  item: InboundDoc,
  readUntil: string | null,
): Promise<InboundDoc | null> {
  if (readUntil === null || readUntil === item._id) return item;
  const [text] = await findInbound(store, [readUntil]);
  if (text === undefined || text.contact === null || text.contact !== item.contact) return null;
  const start = (await firstTextsOf(store, [item]))(item);
  return text.rev >= start.rev ? text : null;
}

/**
 * Why an item is not ended by who read so far: what they name is no text of it, or there is more to read. Null where nothing
 * forbids it. The contact was read before: whatever is written after it has a higher revision.
 */
async function notEndedBy(
  store: Store,
  { item, contact, readUntil }: { item: InboundDoc; contact: OpenedContact | null; readUntil: string | null },
): Promise<{ kind: 'not-of-item' } | { kind: 'unread' } | null> {
  const text = await lastRead(store, item, readUntil);
  if (text === null) return { kind: 'not-of-item' };
  // Of nobody who is known there are no words to read.
  if (contact === null) return null;
  return (await isUnread(store, contact.id, text)) ? { kind: 'unread' } : null;
}
