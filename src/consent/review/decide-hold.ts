import { CONFIRMED_SINCE, isMarked } from '../../domain/consent/ledger-origin.ts';
import { endingOfHold, openHold, release } from '../../domain/consent/staff-review.ts';
import { StaleRead } from '../../store/consent/commit.ts';
import { type ConsentEventDoc, entriesOf } from '../../store/consent/consent-events.ts';
import { arrivedAfter, findInbound, findUnsure, type InboundDoc } from '../../store/consent/inbound-texts.ts';
import { findHold, type HoldRow } from '../../store/consent/suppressions.ts';
import { type ContactDoc, findHolders } from '../../store/contacts/contacts.ts';
import { openHolder } from '../../store/contacts/open-contact.ts';
import { isWrappedByOthers } from '../../store/sealing/keys.ts';
import { lostAmong } from '../../store/startup-checks.ts';
import type { Store } from '../../store/store.ts';
import type { AppContext } from '../app-context.ts';
import { commitAct } from '../commit-act.ts';
import { closedIn, drainAgain } from '../drain-opt-out.ts';
import { optOutReviewed, REVIEW_RULES, recordedAt } from './staff-opt-out.ts';

/** After it nothing that an opt-out forbids can still be under way, ms. */
const SETTLED_MS = 10_000;

export const HOLD_DECISIONS = ['opt-out', 'release'] as const;
type HoldDecision = (typeof HOLD_DECISIONS)[number];

/** How often a person may write between our look and our write. */
const TRIES = 5;

/** A hold by the row it stands in, which a later hold of the same number raises to the next generation. */
type HoldRef = { row: string; generation: number };

type HoldDecisionRequest = {
  hold: HoldRef;
  decision: HoldDecision;
  wrongNumber: boolean;
  /** The last text that was read; null: the one that was held. */
  readUntil: string | null;
  reason: string;
  actor: string;
};

type HoldOutcome =
  /** `repeated`: it was decided so before, by `by`. */
  | { kind: 'decided'; contact: string; by: string; at: Date; confirmed: boolean; repeated: boolean }
  | { kind: 'unknown' }
  /** No process opens the person again: the key that sealed them is lost. */
  | { kind: 'lost' }
  /** What was read last is no text of the hold. */
  | { kind: 'not-of-hold' }
  /** The person wrote again what may be an opt-out, and nobody read that: it is not released. */
  | { kind: 'unread' }
  /** Ended otherwise; null where the ledger does not say how. */
  | { kind: 'over'; ended: EndedHold | null };

export type EndedHold = {
  how: 'opt-out' | 'release' | 'timer' | 'person' | 'other';
  by: string;
  at: Date;
  /** In an opt-out of everything, which alone can be overturned; false of one that spared a program, too. */
  ofAll: boolean;
};

/**
 * Ends a hold as a person decided. Two at once: one wins, and the other learns who. The same decision again changes
 * nothing, and an opt-out has done its waiting when either answer comes.
 */
export async function decideHold(desk: AppContext, order: HoldDecisionRequest): Promise<HoldOutcome> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await decideOnce(desk, order);
    if (outcome !== 'moved on') return outcome;
    if (tries >= TRIES)
      throw new StaleRead('a contact was written again and again while its hold was decided');
  }
}

async function decideOnce(desk: AppContext, order: HoldDecisionRequest): Promise<HoldOutcome | 'moved on'> {
  const { hold, decision, readUntil, actor } = order;
  // The contact before their texts: whatever is written after it has a higher revision.
  const found = await heldContact(desk, hold.row);
  if (found === null || hold.generation > found.row.generation) return { kind: 'unknown' };
  const { row, contact } = found;
  if (hold.generation < row.generation) return told(desk, order, row, contact._id);
  const unsure = await findUnsure(desk.store, [contact._id]);
  const held = textOf(row, unsure);
  const text = await lastRead(desk.store, { contact: contact._id, held, readUntil });
  if (text === undefined) return { kind: 'not-of-hold' };
  if (await isLost(desk, contact)) return { kind: 'lost' };
  const { number } = openHolder(desk.ring, contact, []);
  const { _id: id, rev } = contact;
  const about = { contact: id, rev, number, since: row.since, held, text, unread: isUnread(unsure, text) };
  const done = await (decision === 'release' ? releaseOpen : optOutOpen)(desk, order, about);
  if (done === 'moved on') return done;
  if (done === 'over') return told(desk, order, row, id);
  if (done === 'unread') return { kind: done };
  return { kind: 'decided', contact: id, by: actor, ...done, repeated: false };
}

/** Whose hold it is, as they were read, and what was read of their words: `unread` tells that there is more. */
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
 * By what was read last, or by what was held where that is newer: the one may have reached us late. `over`: it is so already,
 * or all that it held was confirmed since: nobody opted out then.
 */
async function optOutOpen(
  desk: AppContext,
  order: HoldDecisionRequest,
  about: About,
): Promise<Decided | 'over'> {
  const { hold, wrongNumber, actor } = order;
  const { contact, number, since } = about;
  const text = [about.text, about.held].find((one) => one !== null && one.receivedAt >= since) ?? null;
  const done = await optOutReviewed(desk, {
    ...{ contact, number, text, since, wrongNumber, actor },
    origin: originOf(order),
    open: (person) => openHold(person)?.generation === hold.generation,
  });
  return done === null || done.ended.length === 0 ? 'over' : { confirmed: done.confirmed, at: done.at };
}

/** `moved on`: something was written of the person since their texts were read, so that there may be more to read. */
async function releaseOpen(
  desk: AppContext,
  order: HoldDecisionRequest,
  { contact, rev, number, unread }: About,
): Promise<Decided | 'over' | 'unread' | 'moved on'> {
  const kept = { why: 'moved on' as 'over' | 'unread' | 'moved on' };
  const released = await commitAct(desk, {
    number,
    channel: 'NO_ACT',
    from: null,
    actor: order.actor,
    rules: REVIEW_RULES,
    personal: { origin: JSON.stringify(originOf(order)) },
    alone: false,
    decide: (person, _at, read) => {
      const isSame = read.contact === contact && read.rev === rev;
      const isOpen = openHold(person)?.generation === order.hold.generation;
      kept.why = !isSame ? 'moved on' : !isOpen ? 'over' : 'unread';
      const free = isSame && isOpen && !unread ? release(person) : null;
      return free === null ? null : { ...free, replies: [] };
    },
  });
  return released === null ? kept.why : { confirmed: false, at: recordedAt(released, desk.now()) };
}

const originOf = ({ hold, reason }: HoldDecisionRequest): Record<string, string> => ({
  door: 'review',
  hold: nameOf(hold),
  reason,
});

/** What became of a hold that is over. */
async function told(
  desk: AppContext,
  order: HoldDecisionRequest,
  row: HoldRow,
  contact: string,
): Promise<HoldOutcome> {
  const chain = await entriesOf(desk.store, contact, ['held', 'released', 'withdrawn']);
  const fresh = (await findHold(desk.store, row._id)) ?? row;
  const entries = endingOfHold(chain, fresh.generation - order.hold.generation);
  const [first] = entries;
  const ofAll = closedIn(entries).includes('all');
  const ended = first === undefined ? null : { ...endOf(first), ofAll };
  // A mark that the first decision did not make is not made now: to say that it was would be untrue.
  const unmarked = order.wrongNumber && !isMarked(first?.reason ?? null);
  if (ended === null || ended.how !== order.decision || unmarked) return { kind: 'over', ended };
  if (ended.how === 'opt-out' && desk.now().getTime() - ended.at.getTime() < SETTLED_MS) {
    await drainAgain(desk, { contact, scopes: closedIn(entries), seq: entries.at(-1)?.seq ?? 0 });
  }
  const confirmed = entries.some(({ commitments }) => commitments.shown !== undefined);
  return { kind: 'decided', contact, by: ended.by, at: ended.at, confirmed, repeated: true };
}

function endOf({ kind, actor, reason, recordedAt: at }: ConsentEventDoc): Omit<EndedHold, 'ofAll'> {
  const ended = (how: EndedHold['how']): Omit<EndedHold, 'ofAll'> => ({ how, by: actor, at });
  if (kind === 'released' && reason === CONFIRMED_SINCE) return ended('person');
  if (actor.startsWith('job:')) return ended('timer');
  if (kind === 'released') return ended('release');
  if (actor === 'person') return ended('person');
  return ended(reason?.startsWith('review:') ? 'opt-out' : 'other');
}

/** The current holder of a held number; null where the number, or what is kept of its holder, is gone. */
export async function heldContact(
  desk: AppContext,
  id: string,
): Promise<{ row: HoldRow; contact: ContactDoc } | null> {
  const row = await findHold(desk.store, id);
  const [contact] = row === null ? [] : await findHolders(desk.store, [row.index]);
  return row === null || contact === undefined || contact.sealed === null ? null : { row, contact };
}

/** Whether no process opens the person again, so that nobody can read or decide their hold. */
export const isLost = async ({ store, ring }: AppContext, contact: ContactDoc): Promise<boolean> =>
  isWrappedByOthers(ring, contact.keys) && (await lostAmong(store, [contact])).length > 0;

/** How a hold is named outside: its row and the generation. */
export const nameOf = ({ row, generation }: HoldRef): string => `${row}.${generation}`;

/** Of a contact's texts in the order they came, the one that a hold stands for. */
export const textOf = ({ since }: HoldRow, texts: readonly InboundDoc[]): InboundDoc | null =>
  texts.find(({ receivedAt }) => receivedAt.getTime() === since.getTime()) ??
  texts.findLast(({ receivedAt }) => receivedAt <= since) ??
  null;

/** The text up to which what is on hold was read: without an id the one that was held. Undefined where it is none of them. */
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
 * Whether a text that may be an opt-out came after the last one that was read. While a hold stands such a text raises no
 * other, so that nobody but who decides about the hold would ever see it.
 */
const isUnread = (unsure: readonly InboundDoc[], read: InboundDoc | null): boolean =>
  unsure.some((text) => read === null || arrivedAfter(text, read));
