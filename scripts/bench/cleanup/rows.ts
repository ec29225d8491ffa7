import { DAY_MS } from '../../../src/domain/durations.ts';
import type { DeliveryDoc, DeliveryState } from '../../../src/store/deliveries/delivery.ts';
import type { Store } from '../../../src/store/store.ts';
import { audienceMember } from '../audience-people.ts';
import { type Keys, SLICE } from '../people.ts';

/** What failed for a hundred people with a failed message, by days before now. Messages to all others arrived. */
const PASTS: readonly [share: number, failures: readonly [day: number, code: string][]][] = [
  [45, [[2, '30003']]],
  [20, [[1, '30007']]],
  [10, [[1, '30008']]],
  [10, [[2, '30005']]],
  [
    5,
    [
      [9, '30003'],
      [5, '30003'],
      [2, '30003'],
    ],
  ],
  [
    5,
    [
      [5, '30006'],
      [1, '30006'],
    ],
  ],
  [5, [[1, '30017']]],
];

/** The share of messages that did not arrive. */
const FAILED = 0.06;

export type CleanupSize = { messages: number; failed: number; people: number };

/**
 * Makes messages of twenty days with their ends, and the people of those that failed. Several messages are about the same
 * person, as in a list that gets two messages a week. Resolves with the numbers of each.
 */
export async function addMessages(
  store: Store,
  keys: Keys,
  messages: number,
  now: Date,
): Promise<CleanupSize> {
  const size = { messages: 0, failed: 0, people: 0 };
  let rows: DeliveryDoc[] = [];
  const flush = async (least: number): Promise<void> => {
    if (rows.length < least || rows.length === 0) return;
    await store.deliveries.insertMany(rows, { ordered: false });
    rows = [];
  };
  const add = (row: Row): void => {
    rows.push(rowOf(row, size.messages, now));
    size.messages += 1;
  };
  while (size.failed < messages * FAILED) {
    const length = Math.min(SLICE, Math.ceil(messages * FAILED - size.failed));
    const people = Array.from({ length }, (_, at) => audienceMember(keys, size.people + at, now));
    await store.contacts.insertMany(people);
    for (const { _id: contact, index } of people) {
      for (const [day, code] of pastAt(size.people)) {
        add({ contact, index, day: day + (size.people % 8), state: 'undelivered', code });
        size.failed += 1;
      }
      add({ contact, index, day: 19, state: 'delivered' });
      size.people += 1;
    }
    await flush(SLICE);
  }
  while (size.messages < messages) {
    const contact = `c_arrived-${size.messages >> 2}`;
    add({ contact, index: contact, day: 1 + (size.messages % 18), state: 'delivered' });
    await flush(SLICE);
  }
  await flush(1);
  return size;
}

function pastAt(person: number): readonly [day: number, code: string][] {
  let at = person % 100;
  for (const [share, past] of PASTS) {
    if (at < share) return past;
    at -= share;
  }
  return [];
}

type Row = { contact: string; index: string; day: number; state: DeliveryState; code?: string };

function rowOf({ contact, index, day, state, code }: Row, at: number, now: Date): DeliveryDoc {
  const left = new Date(now.getTime() - day * DAY_MS - (at % 600) * 60_000);
  const row: Omit<DeliveryDoc, 'error'> = {
    _id: `bench.${at}`,
    ...{ contact, index, rev: 1, class: 'marketing', program: 'deals', topic: 'deals', template: 'bench.1' },
    ...{
      language: 'en',
      lane: '2-bench',
      sender: '28555',
      service: null,
      network: String(201 + (at % 300)),
    },
    ...{
      sealed: null,
      parts: 1,
      state,
      epoch: 1,
      owner: null,
      leaseUntil: left,
      dueAt: left,
      createdAt: left,
    },
    decision: { allowed: true, reasons: [], at: left },
    ...{ answers: null, own: false, prompt: null, carrierSid: `SM${at}`, acceptedAt: left },
    finalAt: new Date(left.getTime() + 60_000),
  };
  return code === undefined ? row : { ...row, error: code };
}
