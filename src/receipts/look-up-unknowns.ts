import type { Desk } from '../consent/desk.ts';
import { grouped } from '../domain/grouped.ts';
import { DoneInPart } from '../domain/reports/done-in-part.ts';
import {
  type AtLeastOnce,
  areAlike,
  couldBe,
  type Listed,
  type Look,
  type Lost,
  listedSince,
  nextStep,
} from '../domain/sending/after-crash.ts';
import { readAgainAt } from '../domain/sending/read-again.ts';
import { FLAG_LEASE_MS } from '../sending/gate.ts';
import type { DeliveryDoc } from '../store/deliveries/deliveries.ts';
import {
  findLookUps,
  mayHaveLeftSince,
  putOffLookUps,
  recordFinding,
  recordLook,
} from '../store/deliveries/look-ups.ts';
import { openWords } from '../store/deliveries/new-delivery.ts';
import { findContact } from '../store/people/contacts.ts';
import { type Holder, openHolder } from '../store/people/holder.ts';
import { isClosed } from '../store/sealing/keys.ts';
import { type ListedWord, takeListed } from './take-listed.ts';

/** A message of ours in the carrier's list. */
export type ListedOutbound = Listed & Pick<ListedWord, 'status' | 'errorCode' | 'updatedAt'>;
export type ListOutbound = (to: string, since: Date) => Promise<ListedOutbound[]>;

const BATCH = 100;

/** A list that cannot be read is read again after so long, ms. */
const AGAIN_MS = 60_000;

/**
 * Searches the carrier's list for messages whose hand-over nobody saw end. One that is found for certain is taken
 * up as if its receipt had come; after two looks in vain the row stays unknown, or is planned once more where its
 * class may be. Safe to run anywhere, twice, or half. Whoever the keys of this process do not open waits, and is told of.
 * Rejects at the end where a list could not be read.
 */
export async function lookUpUnknowns(
  desk: Desk,
  list: ListOutbound,
  policy: AtLeastOnce,
  { most, goOn }: { most: number; goOn: () => boolean } = { most: BATCH, goOn: () => true },
): Promise<{ looked: number; found: number }> {
  const due = await findLookUps(desk.store, desk.now(), most);
  const failures: unknown[] = [];
  let [looked, found] = [0, 0];
  for (const [contact, rows] of grouped(due, (row) => row.contact)) {
    if (!goOn()) break;
    try {
      found += await lookUp(desk, { contact, rows, list, policy });
      looked += rows.length;
    } catch (error) {
      if (isClosed(error))
        desk.log.warn({ contact, error }, 'a person whose keys are not open is looked up later');
      else failures.push(error);
      await putOff(desk, rows, error);
    }
  }
  if (failures.length > 0) throw new DoneInPart({ looked, found }, failures[0]);
  return { looked, found };
}

function putOff({ store, now }: Desk, rows: readonly DeliveryDoc[], why: unknown): Promise<void> {
  const since = earliest(rows.map((row) => row.createdAt));
  const until = isClosed(why) ? readAgainAt(since, now()) : new Date(now().getTime() + AGAIN_MS);
  const ids = rows.map((row) => row._id);
  return putOffLookUps(store, ids, until);
}

type Search = { contact: string; rows: DeliveryDoc[]; list: ListOutbound; policy: AtLeastOnce };

async function lookUp(desk: Desk, { contact, rows, list, policy }: Search): Promise<number> {
  const stored = await findContact(desk.store, contact);
  if (stored === null || stored.sealed === null) {
    // Erased: nothing is left to compare the list with.
    for (const row of rows) await recordLook(desk.store, row, lookAt(desk, row, 0), { kind: 'final' });
    return 0;
  }
  const holder = openHolder(desk.ring, stored, []);
  const since = earliest(rows.map((row) => listedSince(flight(row))));
  const listed = await listAll(list, addressesOf(rows, holder), since);
  let found = 0;
  for (const row of rows) {
    // Read anew for each: what the one before took is bound from then on.
    const known = await mayHaveLeftSince(desk.store, contact, since);
    const candidates = candidatesFor(row, holder, listed, known);
    const look = lookAt(desk, row, candidates.length);
    const [only] = candidates;
    if (only !== undefined && candidates.length === 1 && !hasTwin(row, holder, known)) {
      await takeListed(desk, row, only);
      await recordFinding(desk.store, row, look);
      found += 1;
    } else {
      await recordLook(desk.store, row, look, nextStep(row, [...(row.lookups ?? []), look], policy));
    }
  }
  return found;
}

/** Where the messages went: to the number, or to an address of it at another channel of the carrier's. */
const addressesOf = (rows: readonly DeliveryDoc[], holder: Holder): string[] => [
  ...new Set(rows.map((row) => openWords(holder, row)?.to ?? holder.number)),
];

async function listAll(list: ListOutbound, to: readonly string[], since: Date): Promise<ListedOutbound[]> {
  return (await Promise.all(to.map((one) => list(one, since)))).flat();
}

const lookAt = (desk: Desk, row: DeliveryDoc, found: number): Look => ({
  at: desk.now(),
  epoch: row.epoch,
  found,
});

/** When the row was flagged, and the last moment at which its hand-over may have begun. */
function flight(row: DeliveryDoc): { since: Date; until: Date } {
  const until = row.leaseUntil ?? row.createdAt;
  return { since: new Date(until.getTime() - FLAG_LEASE_MS), until };
}

/** Listed messages that could be this row's and are no other's. */
function candidatesFor(
  row: DeliveryDoc,
  holder: Holder,
  listed: readonly ListedOutbound[],
  known: readonly DeliveryDoc[],
): ListedOutbound[] {
  const lost = lostBy(row, holder);
  if (lost === null) return [];
  const bound = new Set(known.flatMap((one) => [one.carrierSid, ...(one.extraSids ?? [])]));
  return listed.filter((one) => !bound.has(one.sid) && couldBe(one, lost));
}

/** True where another row may have left that is just like this one, and nobody knows the carrier's id of it. */
function hasTwin(row: DeliveryDoc, holder: Holder, known: readonly DeliveryDoc[]): boolean {
  const lost = lostBy(row, holder);
  return known.some((one) => {
    const unnamed = one._id !== row._id && one.carrierSid == null && one.leaseUntil !== null;
    if (!unnamed || ['planned', 'skipped', 'canceled'].includes(one.state)) return false;
    const other = lostBy(one, holder);
    return lost !== null && other !== null && areAlike(lost, other);
  });
}

function lostBy(row: DeliveryDoc, holder: Holder): Lost | null {
  const words = openWords(holder, row);
  if (words === null) return null;
  return { from: words.from ?? row.sender, to: words.to, text: words.text, ...flight(row) };
}

const earliest = (dates: readonly Date[]): Date => new Date(Math.min(...dates.map((one) => one.getTime())));
