import type { AppContext } from '../consent/app-context.ts';
import { HOUR_MS } from '../domain/durations.ts';
import { grouped } from '../domain/grouped.ts';
import { CARRIER_STATES, stateOfStatus } from '../domain/receipt-order.ts';
import { DoneInPart } from '../domain/reports/job-counts.ts';
import {
  type AtLeastOnce,
  areAlike,
  couldBe,
  type Listed,
  type Lost,
  listedSince,
  nextStep,
  type OutcomeSearch,
  readAgainAt,
} from '../domain/sending/unknown-outcome.ts';
import { CLAIM_LEASE_MS } from '../sending/gate.ts';
import type { MessageList } from '../sending/twilio/message-list.ts';
import { findContact } from '../store/contacts/contacts.ts';
import { type OpenContact, openHolder } from '../store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import { openContent } from '../store/deliveries/new-delivery.ts';
import {
  findDueSearches,
  findStuck,
  giveUp,
  mayHaveLeftSince,
  putOffLookUps,
  recordFinding,
  recordSearch,
} from '../store/deliveries/unknown-outcomes.ts';
import { isClosed } from '../store/sealing/keys.ts';
import { applyListedStatus, type ListedWord } from './record-receipt.ts';

/** One of our messages in Twilio's message list. */
export type CarrierListedMessage = Listed & Pick<ListedWord, 'status' | 'errorCode' | 'updatedAt'>;
type ListOutbound = (to: string, since: Date) => Promise<CarrierListedMessage[]>;

const BATCH = 100;

/** Delay before a list that could not be read is read again, ms. */
const AGAIN_MS = 60_000;

/**
 * Searches Twilio's message list for messages whose hand-over has an unknown outcome. A message found for certain is
 * treated as if its delivery report had come. After two searches without a result the delivery stays unknown, or is
 * planned again where its class allows that. Contacts that this process has no keys for wait, and a warning is
 * logged. Safe to run on any worker, twice, or half. Rejects at the end where a list could not be read.
 */
export async function lookUpUnknowns(
  context: AppContext,
  list: ListOutbound,
  policy: AtLeastOnce,
  { most, goOn }: { most: number; goOn: () => boolean } = { most: BATCH, goOn: () => true },
): Promise<{ looked: number; found: number }> {
  const due = await findDueSearches(context.store, context.now(), most);
  const failures: unknown[] = [];
  let [looked, found] = [0, 0];
  for (const [contact, rows] of grouped(due, (row) => row.contact)) {
    if (!goOn()) break;
    try {
      found += await lookUp(context, { contact, rows, list, policy });
      looked += rows.length;
    } catch (error) {
      if (isClosed(error))
        context.log.warn(
          { contact, error },
          'the keys of a contact are missing here; the messages are looked up later',
        );
      else failures.push(error);
      await putOff(context, rows, error);
    }
  }
  if (failures.length > 0) throw new DoneInPart({ looked, found }, failures[0]);
  return { looked, found };
}

function putOff(
  { store, now }: Pick<AppContext, 'now' | 'store'>,
  rows: readonly DeliveryDoc[],
  why: unknown,
): Promise<void> {
  const since = earliest(rows.map((row) => row.createdAt));
  const until = isClosed(why) ? readAgainAt(since, now()) : new Date(now().getTime() + AGAIN_MS);
  const ids = rows.map((row) => row._id);
  return putOffLookUps(store, ids, until);
}

type Search = { contact: string; rows: DeliveryDoc[]; list: ListOutbound; policy: AtLeastOnce };

async function lookUp(context: AppContext, { contact, rows, list, policy }: Search): Promise<number> {
  const stored = await findContact(context.store, contact);
  if (stored === null || stored.sealed === null) {
    // The contact was erased: nothing is left to compare the list with.
    for (const row of rows)
      await recordSearch(context.store, row, lookAt(context, row, 0), { kind: 'final' });
    return 0;
  }
  const holder = openHolder(context.ring, stored, []);
  const since = earliest(rows.map((row) => listedSince(flight(row))));
  const listed = await listAll(list, addressesOf(rows, holder), since);
  let found = 0;
  for (const row of rows) {
    // Read again for each delivery: the previous one may have taken a message.
    const known = await mayHaveLeftSince(context.store, contact, since);
    const candidates = candidatesFor(row, holder, listed, known);
    const look = lookAt(context, row, candidates.length);
    const [only] = candidates;
    if (only !== undefined && candidates.length === 1 && !hasTwin(row, holder, known)) {
      await applyListedStatus(context, row, only);
      await recordFinding(context.store, row, look);
      found += 1;
    } else {
      await recordSearch(context.store, row, look, nextStep(row, [...(row.lookups ?? []), look], policy));
    }
  }
  return found;
}

/** The addresses that the messages were sent to: the number, or the number on another channel. */
const addressesOf = (rows: readonly DeliveryDoc[], holder: OpenContact): string[] => [
  ...new Set(rows.map((row) => openContent(holder, row)?.to ?? holder.number)),
];

async function listAll(
  list: ListOutbound,
  to: readonly string[],
  since: Date,
): Promise<CarrierListedMessage[]> {
  return (await Promise.all(to.map((number) => list(number, since)))).flat();
}

const lookAt = (context: Pick<AppContext, 'now'>, row: DeliveryDoc, found: number): OutcomeSearch => ({
  at: context.now(),
  epoch: row.epoch,
  found,
});

/** When the delivery was claimed, and the last moment at which its hand-over may have begun. */
function flight(row: DeliveryDoc): { since: Date; until: Date } {
  const until = row.leaseUntil ?? row.createdAt;
  return { since: new Date(until.getTime() - CLAIM_LEASE_MS), until };
}

/** Listed messages that may be this delivery and belong to no other. */
function candidatesFor(
  row: DeliveryDoc,
  holder: OpenContact,
  listed: readonly CarrierListedMessage[],
  known: readonly DeliveryDoc[],
): CarrierListedMessage[] {
  const lost = lostBy(row, holder);
  if (lost === null) return [];
  const bound = new Set(known.flatMap((delivery) => [delivery.carrierSid, ...(delivery.extraSids ?? [])]));
  return listed.filter(
    (carrierListedMessage) => !bound.has(carrierListedMessage.sid) && couldBe(carrierListedMessage, lost),
  );
}

/** True where another, identical delivery may have been sent whose carrier id is unknown. */
function hasTwin(row: DeliveryDoc, holder: OpenContact, known: readonly DeliveryDoc[]): boolean {
  const lost = lostBy(row, holder);
  return known.some((delivery) => {
    const unnamed = delivery._id !== row._id && delivery.carrierSid == null && delivery.leaseUntil !== null;
    if (!unnamed || ['planned', 'skipped', 'canceled'].includes(delivery.state)) return false;
    const other = lostBy(delivery, holder);
    return lost !== null && other !== null && areAlike(lost, other);
  });
}

function lostBy(row: DeliveryDoc, holder: OpenContact): Lost | null {
  const words = openContent(holder, row);
  if (words === null) return null;
  return { from: words.from ?? row.sender, to: words.to, text: words.text, ...flight(row) };
}

const earliest = (dates: readonly Date[]): Date => new Date(Math.min(...dates.map((date) => date.getTime())));

/** A message without a final report by then will hardly get one: carriers try for at most 72 h. */
const STUCK_MS = 72 * HOUR_MS;

/** Messages fetched from the carrier at once. */
const TOGETHER = 4;

/** Deliveries read at once. */
const PAGE = 500;

type Ended = { asked: number; settled: number; unknown: number };

/**
 * Asks the carrier once about each message that it accepted 72 hours ago without a final report. A final status
 * counts like a delivery report; otherwise the delivery ends as unknown, never as a bounce. Safe to run on any
 * worker, twice, or half. Rejects at the end where the carrier could not be asked about some messages; the next run
 * tries them. Where that concerns a whole page, asks no further.
 */
export async function endStuck(
  context: AppContext,
  fetchOne: MessageList['fetch'],
  { most, goOn }: { most: number; goOn: () => boolean },
): Promise<Ended> {
  const senders = context.catalog.current().book.senders.map(({ number }) => number);
  const before = new Date(context.now().getTime() - STUCK_MS);
  const counts = { asked: 0, settled: 0, unknown: 0 };
  const failures: unknown[] = [];
  const tried = new Set<string>();
  // Deliveries that were tried and did not change. The query finds them again, before the others.
  let stayed = 0;
  while (goOn() && tried.size < most) {
    const limit = Math.min(PAGE, most - tried.size) + stayed;
    const found = await findStuck(context.store, { senders, before, limit });
    const due = found.filter(({ _id }) => !tried.has(_id));
    stayed = found.length - due.length;
    if (due.length === 0) break;
    for (let at = 0; at < due.length && goOn(); at += TOGETHER) {
      const some = due.slice(at, at + TOGETHER);
      for (const { _id } of some) tried.add(_id);
      failures.push(...(await endSome(context, fetchOne, some, counts)));
    }
  }
  if (failures.length > 0) throw new DoneInPart(counts, failures[0]);
  return counts;
}

/** Returns the errors of the messages that the carrier could not be asked about. */
async function endSome(
  context: AppContext,
  fetchOne: MessageList['fetch'],
  rows: readonly DeliveryDoc[],
  counts: Ended,
): Promise<unknown[]> {
  const ends = rows.map(async (row) => {
    if (knownAs(row) !== undefined) counts.asked += 1;
    counts[await endOne(context, fetchOne, row)] += 1;
  });
  return (await Promise.allSettled(ends)).flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
}

/** The carrier id of the newest attempt; without one, that of an earlier attempt. */
const knownAs = ({ carrierSid, extraSids }: DeliveryDoc): string | undefined => carrierSid ?? extraSids?.[0];

async function endOne(
  context: AppContext,
  fetchOne: MessageList['fetch'],
  row: DeliveryDoc,
): Promise<'settled' | 'unknown'> {
  const sid = knownAs(row);
  const listed = sid === undefined ? null : await fetchOne(sid);
  if (listed !== null && isEnd(listed.status)) {
    const epoch = row.carrierSid === undefined ? row.epoch - 1 : row.epoch;
    const { _id, program, decision } = row;
    await applyListedStatus(context, { _id, epoch, program, decision }, listed);
    return 'settled';
  }
  await giveUp(context.store, row, whyUnknown(row, listed !== null));
  return 'unknown';
}

function whyUnknown(row: DeliveryDoc, known: boolean): string {
  if (known) return 'the carrier never told how it ended';
  return knownAs(row) === undefined
    ? 'no receipt of it came, and the carrier told no id to ask it by'
    : 'the carrier no longer knows the message';
}

function isEnd(status: string): boolean {
  const state = stateOfStatus(status);
  return state !== null && CARRIER_STATES.indexOf(state) > CARRIER_STATES.indexOf('sent');
}
