import { type Actor, actorText } from '../../domain/access/actor.ts';
import { isMarked, originOf } from '../../domain/consent/ledger-origin.ts';
import { endingOfHold, openHold, release } from '../../domain/consent/staff-review.ts';
import { StaleRead } from '../../store/consent/commit.ts';
import { type ConsentEventDoc, entriesOf } from '../../store/consent/consent-events.ts';
import { arrivedAfter, findInbound, findUnsure, type InboundDoc } from '../../store/consent/inbound-texts.ts';
import { findHold, type HoldRow } from '../../store/consent/suppressions.ts';
import { type ContactDoc, findHolders } from '../../store/contacts/contacts.ts';
import { numberOf } from '../../store/contacts/open-contact.ts';
import type { Store } from '../../store/store.ts';
import type { AppContext } from '../app-context.ts';
import { commitAct } from '../commit-act.ts';
import { closedIn, drainOptOutAgain } from '../drain-opt-out.ts';
import { lostHolders } from '../lost-keys.ts';
import { optOutReviewed, REVIEW_RULES, recordedAt } from './staff-opt-out.ts';

/** Time after which nothing that an opt-out forbids can still be claimed, ms. */
const SETTLED_MS = 10_000;

export const HOLD_DECISIONS = ['opt-out', 'release'] as const;
type HoldDecision = (typeof HOLD_DECISIONS)[number];

/** Number of tries when the person writes between our read and our write. */
const TRIES = 5;

/** A hold by its suppression row and generation. A later hold of the same number raises the generation. */
export type HoldRef = { row: string; generation: number };

type HoldDecisionRequest = {
  hold: HoldRef;
  decision: HoldDecision;
  wrongNumber: boolean;
  /** The last text that the reviewer read; null for the text that was held. */
  readUntil: string | null;
  /** The reviewer's words; null where the reviewer wrote none. */
  reason: string | null;
  actor: Actor;
};

type HoldOutcome =
  /** `repeated`: the same decision had been made before, by `by`. */
  | { kind: 'decided'; contact: string; by: string; at: Date; confirmed: boolean; repeated: boolean }
  | { kind: 'unknown' }
  /** No process can open the contact any more: the key that sealed it is lost. */
  | { kind: 'lost' }
  /** `readUntil` names no text of this hold. */
  | { kind: 'not-of-hold' }
  /** Not released: the person wrote another possible opt-out that the reviewer has not read. */
  | { kind: 'unread' }
  /** The hold ended otherwise; null when the ledger does not say how. */
  | { kind: 'over'; ended: EndedHold | null };

export type EndedHold = {
  how: 'opt-out' | 'release' | 'timer' | 'person' | 'other';
  by: string;
  at: Date;
  /** True for an opt-out of everything, the only kind that can be overturned. False for one that spared a program. */
  ofAll: boolean;
};

/**
 * Ends a hold as staff decided. Of two decisions at once one wins, and the other is answered with the winner. The
 * same decision again changes nothing, and both answers come only after the opt-out has been drained.
 */
export async function decideHold(context: AppContext, order: HoldDecisionRequest): Promise<HoldOutcome> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await decideOnce(context, order);
    if (outcome !== 'moved-on') return outcome;
    if (tries >= TRIES) throw new StaleRead('a contact changed again and again while its hold was decided');
  }
}

async function decideOnce(
  context: AppContext,
  order: HoldDecisionRequest,
): Promise<HoldOutcome | 'moved-on'> {
  const { hold, decision, readUntil } = order;
  // The contact is read before its texts: whatever is written later has a higher revision.
  const found = await heldContact(context, hold.row);
  if (found === null || hold.generation > found.row.generation) return { kind: 'unknown' };
  const { row, contact } = found;
  if (hold.generation < row.generation) return outcomeOfEnded(context, order, row, contact._id);
  const unsure = await findUnsure(context.store, [contact._id]);
  const held = textOf(row, unsure);
  const text = await lastRead(context.store, { contact: contact._id, held, readUntil });
  if (text === undefined) return { kind: 'not-of-hold' };
  if (await isLost(context, contact)) return { kind: 'lost' };
  const number = numberOf(context.ring, contact);
  const { _id: id, rev } = contact;
  const about = { contact: id, rev, number, since: row.since, held, text, unread: isUnread(unsure, text) };
  const done = await (decision === 'release' ? releaseOpen : optOutOpen)(context, order, about);
  if (done === 'moved-on') return done;
  if (done === 'over') return outcomeOfEnded(context, order, row, id);
  if (done === 'unread') return { kind: done };
  return { kind: 'decided', contact: id, by: actorText(order.actor), ...done, repeated: false };
}

/** The contact and hold as read, and the text read last. `unread`: there are later texts that nobody read. */
type About = {
  contact: string;
  rev: number;
  number: string;
  since: Date;
  held: InboundDoc | null;
  text: InboundDoc | null;
  unread: boolean;
};
type Decided = { confirmed: boolean; at: Date };

/**
 * Opts out by the text read last, or by the held text when the former is older than the hold, as a late text may be.
 * `over`: the person has already opted out, or has confirmed everything held since, so that nothing was ended.
 */
async function optOutOpen(
  context: AppContext,
  order: HoldDecisionRequest,
  about: About,
): Promise<Decided | 'over'> {
  const { hold, wrongNumber } = order;
  const actor = actorText(order.actor);
  const { contact, number, since } = about;
  const text = [about.text, about.held].find((read) => read !== null && read.receivedAt >= since) ?? null;
  const done = await optOutReviewed(context, {
    ...{ contact, number, text, since, wrongNumber, actor },
    origin: evidenceOf(order),
    audited: auditedAs(order),
    open: (person) => openHold(person)?.generation === hold.generation,
  });
  return done === null || done.ended.length === 0 ? 'over' : { confirmed: done.confirmed, at: done.at };
}

/** `moved-on`: the contact changed after its texts were read, so there may be more to read. */
async function releaseOpen(
  context: AppContext,
  order: HoldDecisionRequest,
  { contact, rev, number, unread }: About,
): Promise<Decided | 'over' | 'unread' | 'moved-on'> {
  const kept = { why: 'moved-on' as 'over' | 'unread' | 'moved-on' };
  const released = await commitAct(context, {
    number,
    channel: 'NO_ACT',
    from: null,
    actor: actorText(order.actor),
    rules: REVIEW_RULES,
    personal: { origin: JSON.stringify(evidenceOf(order)) },
    alone: false,
    audited: auditedAs(order),
    decide: (person, _at, read) => {
      const isSame = read.contact === contact && read.rev === rev;
      const isOpen = openHold(person)?.generation === order.hold.generation;
      kept.why = !isSame ? 'moved-on' : !isOpen ? 'over' : 'unread';
      return isSame && isOpen && !unread ? release(person) : null;
    },
  });
  return released === null ? kept.why : { confirmed: false, at: recordedAt(released, context.now()) };
}

const evidenceOf = ({ hold, reason }: HoldDecisionRequest): Record<string, string> => ({
  door: 'review',
  hold: nameOf(hold),
  ...(reason === null ? {} : { reason }),
});

const auditedAs = ({ hold, decision, reason, wrongNumber }: HoldDecisionRequest) => ({
  act: 'hold-decided' as const,
  reason,
  details: { hold: nameOf(hold), decision, wrong_number: wrongNumber },
});

/**
 * How a hold ended, about which contact, and the ledger entry that says so. Null when it did not end, and when the
 * ledger does not tell.
 */
export async function readEndedHold(
  { store }: Pick<AppContext, 'store'>,
  hold: HoldRef,
): Promise<(EndedHold & { contact: string; seq: number }) | null> {
  const found = await heldContact({ store }, hold.row);
  if (found === null || hold.generation > found.row.generation) return null;
  const contact = found.contact._id;
  const chain = await entriesOf(store, contact, ['held', 'released', 'withdrawn']);
  const entries = endingOfHold(chain, found.row.generation - hold.generation);
  const [first] = entries;
  if (first === undefined) return null;
  return { ...endOf(first), ofAll: closedIn(entries).includes('all'), contact, seq: first.seq };
}

/** The outcome for a hold that is already over. */
async function outcomeOfEnded(
  context: Pick<AppContext, 'monotonic' | 'now' | 'store'>,
  order: HoldDecisionRequest,
  row: HoldRow,
  contact: string,
): Promise<HoldOutcome> {
  const chain = await entriesOf(context.store, contact, ['held', 'released', 'withdrawn']);
  const fresh = (await findHold(context.store, row._id)) ?? row;
  const entries = endingOfHold(chain, fresh.generation - order.hold.generation);
  const [first] = entries;
  const ofAll = closedIn(entries).includes('all');
  const ended = first === undefined ? null : { ...endOf(first), ofAll };
  // A mark that the first decision did not make is not made now, so the answer must not say that it was.
  const unmarked = order.wrongNumber && (first === undefined || !isMarked(first));
  if (ended === null || ended.how !== order.decision || unmarked) return { kind: 'over', ended };
  if (ended.how === 'opt-out' && context.now().getTime() - ended.at.getTime() < SETTLED_MS) {
    await drainOptOutAgain(context, { contact, scopes: closedIn(entries), seq: entries.at(-1)?.seq ?? 0 });
  }
  const confirmed = entries.some(({ commitments }) => commitments.shown !== undefined);
  return { kind: 'decided', contact, by: ended.by, at: ended.at, confirmed, repeated: true };
}

const endOf = (entry: ConsentEventDoc): Omit<EndedHold, 'ofAll'> => ({
  how: howEnded(entry),
  by: entry.actor,
  at: entry.recordedAt,
});

function howEnded(entry: ConsentEventDoc): EndedHold['how'] {
  switch (originOf(entry).by) {
    case 'newer-consent':
    case 'text':
    case 'page':
    case 'carrier-keyword':
      return 'person';
    case 'hold-timer':
    case 'job':
      return 'timer';
    case 'staff':
      return entry.kind === 'released' ? 'release' : 'opt-out';
    default:
      return 'other';
  }
}

/** The current holder of a held number; null when the hold, the holder or the holder's sealed data is gone. */
export async function heldContact(
  context: Pick<AppContext, 'store'>,
  id: string,
): Promise<{ row: HoldRow; contact: ContactDoc } | null> {
  const row = await findHold(context.store, id);
  const [contact] = row === null ? [] : await findHolders(context.store, [row.index]);
  return row === null || contact === undefined || contact.sealed === null ? null : { row, contact };
}

/** Whether no process can open the contact, so that nobody can read or decide the hold. */
export const isLost = async (
  context: Pick<AppContext, 'ring' | 'store'>,
  contact: ContactDoc,
): Promise<boolean> => (await lostHolders(context, [contact])).length > 0;

/** The external name of a hold: its row and generation. */
export const nameOf = ({ row, generation }: HoldRef): string => `${row}.${generation}`;

/** The text that a hold stands for, out of a contact's texts in order of arrival. */
export const textOf = ({ since }: HoldRow, texts: readonly InboundDoc[]): InboundDoc | null =>
  texts.find(({ receivedAt }) => receivedAt.getTime() === since.getTime()) ??
  texts.findLast(({ receivedAt }) => receivedAt <= since) ??
  null;

/**
 * The text up to which the reviewer read; the held text when no id is given. Undefined when the text is not of this
 * hold.
 */
async function lastRead(
  store: Store,
  { contact, held, readUntil }: { contact: string; held: InboundDoc | null; readUntil: string | null },
): Promise<InboundDoc | null | undefined> {
  if (readUntil === null || readUntil === held?._id) return held;
  const [text] = await findInbound(store, [readUntil]);
  const isOfHold = text?.contact === contact && (held === null || arrivedAfter(text, held));
  return isOfHold ? text : undefined;
}

/**
 * Whether a possible opt-out came after the text read last. During a hold such a text opens no other hold, so only
 * the reviewer who decides this hold would ever see it.
 */
const isUnread = (unsure: readonly InboundDoc[], read: InboundDoc | null): boolean =>
  unsure.some((text) => read === null || arrivedAfter(text, read));
