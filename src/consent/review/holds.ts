import { CONFIRMED_SINCE } from '../../domain/consent/confirmed-since.ts';
import { isMarked } from '../../domain/consent/opting-out.ts';
import { endingOfHold, openHold, release } from '../../domain/consent/review/reviewing.ts';
import { type ConsentEventDoc, entriesOf } from '../../store/consent/consent-events.ts';
import { findHold, type HoldRow } from '../../store/consent/holds.ts';
import { findUnsure, type InboundDoc } from '../../store/consent/inbound.ts';
import { type ContactDoc, findHolders } from '../../store/people/contacts.ts';
import { openHolder } from '../../store/people/holder.ts';
import { actByDoor } from '../act-by-door.ts';
import type { Desk } from '../desk.ts';
import { closedIn } from '../scopes.ts';
import { endAgain } from './end-again.ts';
import { optOutReviewed, REVIEW_RULES, recordedAt } from './review.ts';

/** After it nothing that an opt-out forbids can still be under way, ms. */
const SETTLED_MS = 10_000;

export const HOLD_DECISIONS = ['opt-out', 'release'] as const;
export type HoldDecision = (typeof HOLD_DECISIONS)[number];

/** A hold by the row it stands in, which a later hold of the same number raises to the next generation. */
export type HoldRef = { row: string; generation: number };

export type HoldOrder = {
  hold: HoldRef;
  decision: HoldDecision;
  wrongNumber: boolean;
  reason: string;
  actor: string;
};

export type HoldOutcome =
  /** `repeated`: it was decided so before, by `by`. */
  | { kind: 'decided'; contact: string; by: string; at: Date; confirmed: boolean; repeated: boolean }
  | { kind: 'unknown' }
  /** Ended otherwise; null where the ledger does not say how. */
  | { kind: 'over'; ended: Ended | null };

export type Ended = { how: 'opt-out' | 'release' | 'timer' | 'person' | 'other'; by: string; at: Date };

/**
 * Ends a hold as a person decided. Two at once: one wins, and the other learns who. The same decision again changes
 * nothing, and an opt-out has done its waiting when either answer comes.
 */
export async function decideHold(desk: Desk, order: HoldOrder): Promise<HoldOutcome> {
  const found = await heldContact(desk, order.hold.row);
  if (found === null || order.hold.generation > found.row.generation) return { kind: 'unknown' };
  const { row, contact } = found;
  const texts = await findUnsure(desk.store, [contact._id]);
  const { number } = openHolder(desk.ring, contact, []);
  const about = { contact: contact._id, number, row, text: textOf(row, texts) };
  const done = await decideOpen(desk, order, about);
  if (done === null) return told(desk, order, row, contact._id);
  return { kind: 'decided', contact: contact._id, by: order.actor, ...done, repeated: false };
}

/** Null where the hold is over already, or all that it held was confirmed since: nobody opted out then. */
async function decideOpen(
  desk: Desk,
  { hold, decision, wrongNumber, reason, actor }: HoldOrder,
  about: { contact: string; number: string; row: HoldRow; text: InboundDoc | null },
): Promise<{ confirmed: boolean; at: Date } | null> {
  const { contact, number, row, text } = about;
  const origin = { door: 'review', hold: nameOf(hold), reason };
  const open = (person: Parameters<typeof openHold>[0]): boolean =>
    openHold(person)?.generation === hold.generation;
  if (decision === 'opt-out') {
    const read = { contact, number, text, since: row.since };
    const done = await optOutReviewed(desk, { ...read, wrongNumber, actor, origin, open });
    return done === null || done.ended.length === 0 ? null : { confirmed: done.confirmed, at: done.at };
  }
  const released = await actByDoor(desk, {
    number,
    channel: 'NO_ACT',
    from: null,
    actor,
    rules: REVIEW_RULES,
    personal: { origin: JSON.stringify(origin) },
    alone: false,
    decide: (person) => {
      const free = open(person) ? release(person) : null;
      return free === null ? null : { ...free, replies: [] };
    },
  });
  return released === null ? null : { confirmed: false, at: recordedAt(released, desk.now()) };
}

/** What became of a hold that is over. */
async function told(desk: Desk, order: HoldOrder, row: HoldRow, contact: string): Promise<HoldOutcome> {
  const chain = await entriesOf(desk.store, contact, ['held', 'released', 'withdrawn']);
  const fresh = (await findHold(desk.store, row._id)) ?? row;
  const entries = endingOfHold(chain, fresh.generation - order.hold.generation);
  const [first] = entries;
  const ended = first === undefined ? null : endOf(first);
  // A mark that the first decision did not make is not made now: to say that it was would be untrue.
  const unmarked = order.wrongNumber && !isMarked(first?.reason ?? null);
  if (ended === null || ended.how !== order.decision || unmarked) return { kind: 'over', ended };
  if (ended.how === 'opt-out' && desk.now().getTime() - ended.at.getTime() < SETTLED_MS) {
    await endAgain(desk, { contact, scopes: closedIn(entries), seq: entries.at(-1)?.seq ?? 0 });
  }
  const confirmed = entries.some(({ commitments }) => commitments.shown !== undefined);
  return { kind: 'decided', contact, by: ended.by, at: ended.at, confirmed, repeated: true };
}

function endOf({ kind, actor, reason, recordedAt: at }: ConsentEventDoc): Ended {
  const ended = (how: Ended['how']): Ended => ({ how, by: actor, at });
  if (kind === 'released' && reason === CONFIRMED_SINCE) return ended('person');
  if (actor.startsWith('job:')) return ended('timer');
  if (kind === 'released') return ended('release');
  if (actor === 'person') return ended('person');
  return ended(reason?.startsWith('review:') ? 'opt-out' : 'other');
}

/** The current holder of a held number; null where the number, or what is kept of its holder, is gone. */
export async function heldContact(
  desk: Desk,
  id: string,
): Promise<{ row: HoldRow; contact: ContactDoc } | null> {
  const row = await findHold(desk.store, id);
  const [contact] = row === null ? [] : await findHolders(desk.store, [row.index]);
  return row === null || contact === undefined || contact.sealed === null ? null : { row, contact };
}

/** Of a contact's texts in the order they came, the one that a hold stands for. */
export const textOf = ({ since }: HoldRow, texts: readonly InboundDoc[]): InboundDoc | null =>
  texts.findLast(({ receivedAt }) => receivedAt <= since) ?? null;

/** How a hold is named outside: its row and the generation. */
export const nameOf = ({ row, generation }: HoldRef): string => `${row}.${generation}`;
