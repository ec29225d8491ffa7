import type { AppContext } from '../consent/app-context.ts';
import { logAct, personSubject } from '../consent/audit/audit.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { closedIn, drainOptOutAgain, type EndedBefore } from '../consent/drain-opt-out.ts';
import { addressesOf } from '../consent/inbound/inbound-record.ts';
import { itemOf } from '../consent/review/overturn-opt-out.ts';
import { type OptedOut, optOutReviewed } from '../consent/review/staff-opt-out.ts';
import { type Actor, actorText, readActor } from '../domain/access/actor.ts';
import { type ConsentState, isSubscribed } from '../domain/consent/consent-state.ts';
import { isMarked } from '../domain/consent/ledger-origin.ts';
import { type Program, type ProgramBook, programsOn } from '../domain/program.ts';
import { faultIn } from '../domain/sending/message-plan.ts';
import type { Reason } from '../domain/sending/send-rules.ts';
import { shortenerInText } from '../domain/text/shared-shorteners.ts';
import { planAnswer } from '../sending/plan-delivery.ts';
import type { AuditDraft } from '../store/audit/audit-chains.ts';
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

/**
 * The person of an inbox item; both null when the item has none. `lost`: a contact that no process can open,
 * because the key that sealed it is lost.
 */
type Behind = { contact: OpenedContact | null; lost: ContactDoc | null };

/**
 * Reads the person of an item now; null when this process cannot open the contact and nobody noted its key as lost.
 */
async function personBehind(
  context: Pick<AppContext, 'ring' | 'store'>,
  { contact: id }: InboundDoc,
): Promise<Behind | null> {
  if (id === null) return { contact: null, lost: null };
  try {
    return { contact: await contactById(context, id), lost: null };
  } catch (error) {
    if (!(error instanceof KeyMissing)) throw error;
    const stored = await findContact(context.store, id);
    const [lost] = stored === null ? [] : await lostAmong(context.store, [stored]);
    return lost === undefined ? null : { contact: null, lost };
  }
}

/** `isMarked`: the opt-out also marked the contact as a wrong number. */
type CutOff = EndedBefore & { isMarked: boolean };

/**
 * Finds an opt-out by this item that was not finished: the same request, having read as far, was cut off between
 * the opt-out and the end of the item. Null when there is none, or compliance overturned the opt-out since. Throws
 * `SealBroken`.
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
  return { contact: id, scopes, seq: last.seq, isMarked: entries.some(isMarked) };
}

export type ItemOutcome =
  | { kind: 'ended'; ended: ItemEnd; repeated: boolean }
  | { kind: 'unknown' }
  /**
   * Somebody else ended the item, or a more urgent text of the same person replaced it: `by`, or null when that
   * item ended too.
   */
  | { kind: 'over'; ended: ItemEnd | null; by: string | null }
  /** The item has no person: the number was erased, was never readable, or was sealed by a lost key. */
  | { kind: 'nobody' }
  /** This process cannot open the contact; another process may. */
  | { kind: 'unreadable' }
  /** The person no longer has the number: the act would affect the number's next holder. */
  | { kind: 'former' }
  /** `readUntil` is no text of the item. */
  | { kind: 'not-of-item' }
  /**
   * The person wrote again what staff must read, and nobody has read it. `spared`: the opt-out is in force for
   * everything except these programs. `newest`: the last text of the person.
   */
  | { kind: 'unread'; newest?: string; spared?: string[] }
  /** The person confirmed all their programs after what was read, so nobody was opted out. */
  | { kind: 'confirmed-since' }
  | { kind: 'refused'; reasons: Reason[] };

/** `readUntil`: the last text that was read; null for the text that opened the item. */
type Order = { item: string; actor: Actor; readUntil: string | null };

/** How often to try again when the person writes between our read and our write. */
const TRIES = 5;

type Answer = Order & {
  text: string;
  digest: string;
  /** Answers although the person wrote again what nobody has read. */
  despiteNewer?: boolean;
};

/**
 * Answers an open item with a text of staff. The same answer by the same actor again changes nothing. Throws
 * `CommandRefused` for a text that cannot be sent, or that carriers filter.
 */
export function answerItem(context: AppContext, order: Answer): Promise<ItemOutcome> {
  return onOpenItem(
    context,
    order.item,
    async (item, contact) => {
      if (contact === null) return { kind: 'nobody' };
      if (!contact.stored.current) return { kind: 'former' };
      const unread = await notEndedBy(context.store, { item, contact, readUntil: order.readUntil });
      const answers = (await newestText(context.store, contact.id)) ?? item;
      if (unread?.kind === 'unread' && order.despiteNewer !== true)
        return { kind: 'unread', newest: answers._id };
      if (unread?.kind === 'not-of-item') return unread;
      const catalog = context.catalog.current();
      const program = programOf(catalog.book, answers.to, contact.person);
      const sender = catalog.sender(answers.to);
      if (program === null || sender === null) return { kind: 'refused', reasons: ['no-sender'] };
      const planned = planAnswer(
        contact,
        {
          text: sendable(order.text, program),
          digest: order.digest,
          program,
          sender,
          answers: { sid: answers._id, receivedAt: answers.receivedAt },
          addresses: addressesOf(answers, contact.keys.profile),
          rev: contact.stored.rev + 1,
        },
        context.now(),
      );
      if ('reasons' in planned) return { kind: 'refused', reasons: planned.reasons };
      const { row } = planned;
      return end(context, item, contact, {
        ...{ actor: actorText(order.actor), how: 'answer', program: program.id },
        answer: row,
      });
    },
    (ended, contact) => contact !== null && ended.delivery === deliveryId(contact, order.digest),
  );
}

/** The same text. Throws `CommandRefused` for a text that cannot be sent, or that carriers filter. */
function sendable(text: string, program: Program): string {
  const fault = faultIn(text);
  if (fault !== null) throw new CommandRefused(fault, 'text');
  const shortener = shortenerInText(text, program);
  if (shortener !== null) throw new CommandRefused(shortener, 'text');
  return text;
}

type ItemOptOut = Order & { reason: string; wrongNumber: boolean };

/**
 * Opts the person out of everything except what they confirmed after the text that was read, because staff read an
 * opt-out in their words. Ends the item, unless a program was spared and there is more to read. The same request by
 * the same actor changes nothing, and ends the item when the first request was cut off before it could. A request
 * with a wrong-number mark that the first one did not have is another decision.
 */
export async function optOutItem(context: AppContext, order: ItemOptOut): Promise<ItemOutcome> {
  const { item: id, wrongNumber } = order;
  const actor = actorText(order.actor);
  // Opts the person out first and ends the item afterwards: when the person writes between the two, they are opted
  // out all the same, and only once.
  let done: Done | null = null;
  const out = async (item: InboundDoc, contact: OpenedContact | null): Promise<ItemOutcome> => {
    if (done === null) {
      const outcome = await optOutBy(context, order, item, contact);
      if ('kind' in outcome) return outcome;
      done = outcome;
    }
    const { spared, isMarked, text } = done;
    const marks = isMarked ? { wrongNumber: isMarked } : {};
    const fresh = contact === null ? null : await contactById(context, contact.id);
    if (fresh !== null && spared.length > 0 && (await isUnread(context.store, fresh.id, text))) {
      return { kind: 'unread', spared };
    }
    const program = programIn(context, item, fresh);
    return end(context, item, fresh, { actor, ...marks, how: 'opt-out', program, spared });
  };
  const isSame = ({ how, by, wrongNumber: marked }: ItemEnd): boolean =>
    how === 'opt-out' && by === actor && (marked === true || !wrongNumber);
  return onOpenItem(context, id, out, isSame);
}

/**
 * Programs that the person stays in, whether the contact was marked as a wrong number, and the last text that was
 * read.
 */
type Done = Pick<OptedOut, 'spared'> & { isMarked: boolean; text: InboundDoc };

async function optOutBy(
  context: AppContext,
  order: ItemOptOut,
  item: InboundDoc,
  contact: OpenedContact | null,
): Promise<Done | ItemOutcome> {
  const { reason, wrongNumber, readUntil } = order;
  const actor = actorText(order.actor);
  if (contact === null) return { kind: 'nobody' };
  if (!contact.stored.current) return { kind: 'former' };
  const text = await lastRead(context.store, item, readUntil);
  if (text === null) return { kind: 'not-of-item' };
  const { id, number, person } = contact;
  const read = text._id;
  const before = await unfinishedOptOut(context.store, { item: item._id, actor, read }, contact);
  // A wrong-number mark that the first request did not have is another decision.
  if (before !== null && (before.isMarked || !wrongNumber)) {
    await drainOptOutAgain(context, before);
    const kept = person.subscriptions.filter(({ state }) => state === 'subscribed');
    return { spared: kept.map(({ program }) => program), isMarked: before.isMarked, text };
  }
  // Not simply the last text that was read: that may be an older text, which reached us late.
  const newest = await sentLast(context.store, item, text);
  const done = await optOutReviewed(context, {
    ...{ contact: id, number, text: newest, since: newest.receivedAt, wrongNumber, actor },
    origin: { door: 'inbox', item: item._id, read, reason },
    audited: { act: 'opted-out', reason, details: { item: item._id, wrong_number: wrongNumber } },
    open: () => true,
  });
  if (done === null) throw new StaleRead('the number has had another holder since the contact was read');
  const { spared, ended } = done;
  return ended.length === 0 ? { kind: 'confirmed-since' } : { spared, isMarked: wrongNumber, text };
}

type CloseRequest = Order & { reason: string };

/** Ends an item that needs nothing more. The same request by the same actor again changes nothing. */
export async function closeItem(context: AppContext, request: CloseRequest): Promise<ItemOutcome> {
  const { item: id, readUntil, reason } = request;
  const actor = actorText(request.actor);
  const close: Work = async (item, contact, lost) => {
    const unread = await notEndedBy(context.store, { item, contact, readUntil });
    if (unread !== null) return unread;
    const program = programIn(context, item, contact);
    // For an erased contact, or one whose key is lost, there is no key to seal the reason with.
    const isGone = contact === null && item.contact !== null;
    const sealed = isGone ? {} : { reason: sealReason(context.ring, { item: id, holder: contact, reason }) };
    return end(context, item, contact, { actor, how: 'close', program, lost, why: reason, ...sealed });
  };
  return onOpenItem(context, id, close, ({ how, by }) => how === 'close' && by === actor);
}

/** Whether an ended item was ended by the same order. */
type IsSame = (ended: ItemEnd, contact: OpenContact | null) => boolean;

type Work = (
  item: InboundDoc,
  contact: OpenedContact | null,
  lost: ContactDoc | null,
) => Promise<ItemOutcome>;

/** Runs `work` on an open item with facts read now, and again when the person wrote meanwhile. */
async function onOpenItem(
  context: Pick<AppContext, 'ring' | 'store'>,
  id: string,
  work: Work,
  isSame: IsSame,
): Promise<ItemOutcome> {
  for (let tries = 1; ; tries += 1) {
    const [item] = await findInbound(context.store, [id]);
    if (item === undefined) return { kind: 'unknown' };
    const found = await personBehind(context, item);
    const contact = found?.contact ?? null;
    if (item.inbox !== 'open') return over(item, contact, isSame);
    if (found === null) return { kind: 'unreadable' };
    const current = (contact?.stored ?? found.lost)?.inboxItem?.text ?? id;
    if (current !== id) return { kind: 'over', ended: null, by: current };
    try {
      const outcome = await work(item, contact, found.lost);
      // The same order, sent again before its first answer, may have been first.
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
  /** Why, in the words of who ended it. */
  why?: string;
  lost?: ContactDoc | null;
};

async function end(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>,
  item: InboundDoc,
  contact: OpenedContact | null,
  ending: Ending,
): Promise<ItemOutcome> {
  const ended = endOf(ending, context.now());
  const about = { contact: contact?.stored ?? ending.lost ?? null, answer: ending.answer ?? null };
  const draft = draftOf(item, ending);
  const won = await context.audit.within([draft], (entries) =>
    closeInboxItem(context.store, item, ended, { ...about, entries }),
  );
  if (won) logAct(context, draft);
  if (won) return { kind: 'ended', ended, repeated: false };
  const [now] = await findInbound(context.store, [item._id]);
  return { kind: 'over', ended: now?.ended ?? null, by: null };
}

const ENDINGS = { answer: 'inbox-answered', 'opt-out': 'inbox-ended', close: 'inbox-closed' } as const;

/** The audit entry that an ending is written with. */
function draftOf(item: InboundDoc, { actor, how, program, answer, why }: Ending): AuditDraft {
  const details = { item: item._id, ...(answer === undefined ? {} : { delivery: answer._id }) };
  const subject = item.contact === null ? null : personSubject(item.contact);
  return { actor: readActor(actor), act: ENDINGS[how], subject, program, reason: why ?? null, details };
}

/**
 * Copies field by field: other fields of an order, such as the words of an answer, must not be stored in the clear.
 */
const endOf = (
  { how, actor: by, program, answer, reason, wrongNumber, spared }: Ending,
  at: Date,
): ItemEnd => ({
  ...{ how, by, at, program, delivery: answer?._id ?? null },
  ...(reason === undefined ? {} : { reason }),
  ...(wrongNumber === undefined ? {} : { wrongNumber }),
  ...(spared === undefined ? {} : { spared }),
});

const programIn = (
  context: Pick<AppContext, 'catalog'>,
  item: InboundDoc,
  contact: OpenedContact | null,
): string | null => programOf(context.catalog.current().book, item.to, contact?.person ?? null)?.id ?? null;

/**
 * The program that a text to one of our numbers is about: one that the person is subscribed to, otherwise the first
 * program on the number.
 */
export function programOf(book: ProgramBook, number: string, person: ConsentState | null): Program | null {
  const here = programsOn(book, number);
  const mine = here.find(({ id }) => person !== null && isSubscribed(person, id));
  return mine ?? here[0] ?? null;
}

const placeOf = (item: string): string => `inbound:${item}:end-reason`;

/**
 * Seals the reason why an item was ended: under the person's profile key, or by the key ring when the item has no
 * person.
 */
function sealReason(
  ring: KeyRing,
  { item, holder, reason }: { item: string; holder: OpenContact | null; reason: string },
): Buffer | WrappedKey {
  const place = placeOf(item);
  return holder === null ? sealByRing(ring, place, reason) : seal(holder.keys.profile, place, reason);
}

/**
 * The reason why an item was ended; null when none was given, when it was deleted, or when no key of this process
 * opens it.
 */
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

/**
 * The text up to which an item was read: without an id, the text that opened the item. Null when the id is no text
 * of the item.
 */
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
 * Why this reader may not end the item: the id is no text of the item, or there is more to read. Null when the
 * reader may. The contact was read before, so anything written later has a higher revision.
 */
async function notEndedBy(
  store: Store,
  { item, contact, readUntil }: { item: InboundDoc; contact: OpenedContact | null; readUntil: string | null },
): Promise<{ kind: 'not-of-item' } | { kind: 'unread' } | null> {
  const text = await lastRead(store, item, readUntil);
  if (text === null) return { kind: 'not-of-item' };
  // Texts of an unknown person have no words to read.
  if (contact === null) return null;
  return (await isUnread(store, contact.id, text)) ? { kind: 'unread' } : null;
}
