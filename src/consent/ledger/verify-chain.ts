import type { Subscription } from '../../domain/consent/person.ts';
import { type LedgerEntry, standingAfter } from '../../domain/consent/review/standing-before.ts';
import { type ConsentEventDoc, PERSONAL_FIELDS } from '../../store/consent/consent-events.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { commitmentTo, GENESIS, hashOf, openEntry } from './ledger.ts';

export type Fault = { seq: number; what: string };

/**
 * Walks one holder's chain and names the first entry that was changed, dropped, added or moved. `key`: the
 * evidence key, with which commitments are checked too; null where it was destroyed.
 */
export function faultIn(
  events: readonly ConsentEventDoc[],
  head: { seq: number; hash: string },
  key: Buffer | null,
): Fault | null {
  let prev = GENESIS;
  let expected = 1;
  for (const event of events) {
    if (event.seq > expected) return { seq: expected, what: 'the entry is missing' };
    if (event.seq < expected) return { seq: event.seq, what: 'the entry stands twice' };
    const { sealed: _, hash, ...open } = event;
    if (event.prev !== prev) return { seq: event.seq, what: 'the entry does not follow the one before it' };
    if (hashOf(open) !== hash) return { seq: event.seq, what: 'the entry was changed' };
    const broken = brokenCommitment(event, key);
    if (broken !== null) return { seq: event.seq, what: broken };
    prev = hash;
    expected += 1;
  }
  if (head.seq >= expected) return { seq: expected, what: 'the entry is missing at the end' };
  if (head.hash !== prev) return { seq: head.seq, what: 'the head of the chain is another entry' };
  return null;
}

/**
 * What a contact says of its consent has to follow from its whole chain: one that was emptied, its head set back, still hangs
 * together, and who may write to a contact need not touch the chain at all.
 */
export function unfounded(
  { subscriptions }: { subscriptions: readonly Claimed[] },
  events: readonly LedgerEntry[],
): Fault | null {
  return subscriptions.map((one) => wrongBasis(one, events)).find(isFault) ?? unsaid(subscriptions, events);
}

type Claimed = Pick<Subscription, 'program' | 'state' | 'topics'> & { basis: { seq: number } | null };

const isFault = (one: Fault | null): one is Fault => one !== null;

function wrongBasis({ program, basis }: Claimed, events: readonly LedgerEntry[]): Fault | null {
  if (basis === null) return null;
  const { seq } = basis;
  const entry = events[seq - 1];
  if (entry === undefined) return { seq, what: 'the entry that a subscription rests on is missing' };
  if (entry.kind === 'confirmed' && entry.program === program) return null;
  return { seq, what: `the subscription to ${program} rests on the entry, which is no YES to it` };
}

/** A program or topic that the contact has on though its entries, all told, leave it off. */
function unsaid(subscriptions: readonly Claimed[], events: readonly LedgerEntry[]): Fault | null {
  const subscribed = subscriptions.filter(({ state }) => state === 'subscribed');
  if (subscribed.length === 0) return null;
  const { joined } = standingAfter(events);
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

/** A contact that is found by another number than its own: who looks for that number would read this chain. */
export const wrongIndex = (
  number: string,
  { index }: Pick<ContactDoc, 'index'>,
  indexOf: IndexOf,
): Fault | null =>
  indexOf(number) === index ? null : { seq: 0, what: 'the contact is found by another number than its own' };

export type IndexOf = (number: string) => string;

function brokenCommitment(event: ConsentEventDoc, key: Buffer | null): string | null {
  if (key === null) return null;
  // Erasure destroys the key. While it stands nothing of ours takes the sealed part away.
  if (event.sealed === null)
    return Object.keys(event.commitments).length > 0 ? 'its sealed fields are gone' : null;
  let opened: ReturnType<typeof openEntry>;
  try {
    opened = openEntry(event, key);
  } catch {
    return 'the sealed fields were changed';
  }
  for (const field of PERSONAL_FIELDS) {
    const pair = opened?.[field];
    const commitment = event.commitments[field];
    if (pair === undefined && commitment === undefined) continue;
    if (pair === undefined || commitmentTo(...pair) !== commitment) return `its ${field} does not match`;
  }
  return null;
}
