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

/** What a contact says it was subscribed by has to be in its chain: an emptied one, its head set back, still hangs together. */
export function missingBasis(
  { subscriptions }: Pick<ContactDoc, 'subscriptions'>,
  events: readonly ConsentEventDoc[],
): Fault | null {
  const seqs = subscriptions.flatMap(({ basis }) => (basis === null ? [] : [basis.seq]));
  const lost = seqs.find((seq) => seq > events.length);
  return lost === undefined ? null : { seq: lost, what: 'the entry that a subscription rests on is missing' };
}

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
