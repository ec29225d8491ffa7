import { randomBytes } from 'node:crypto';
import { type ConsentState, emptyConsentState } from '../../src/domain/consent/consent-state.ts';
import { laneOf } from '../../src/domain/sending/lanes.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { fieldsOf, newHolder, type OpenContact } from '../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { newDelivery } from '../../src/store/deliveries/new-delivery.ts';
import { blindIndex, type KeyRing } from '../../src/store/sealing/keys.ts';
import type { Store } from '../../src/store/store.ts';

/**
 * The keys of a test, a phone number for each of its people, and the clock by which they subscribe: by default the
 * machine's.
 */
export type TestPeople = {
  ring: KeyRing;
  indexOf: (number: string) => string;
  number: () => string;
  now?: () => Date;
};

/** `now` is the clock of a test that sets its own clock, so that nobody subscribes after the day of the test. */
export function testPeople(area: string, now: () => Date = () => new Date()): Required<TestPeople> {
  const ring = { active: 'k1', keys: new Map([['k1', randomBytes(32)]]) };
  const indexKeys = [randomBytes(32)];
  let used = 0;
  const number = (): string => `+1555${area}${String(used++).padStart(4, '0')}`;
  return { ring, indexOf: (phone) => blindIndex(indexKeys, phone), number, now };
}

/** Inserts a contact who confirmed the topic `deals` of the program `deals` and nothing else. */
export async function addSubscriber(store: Store, cast: TestPeople): Promise<OpenContact> {
  const { holder, row } = newSubscriber(cast);
  await store.contacts.insertOne(row);
  return holder;
}

/** Inserts many such contacts in one write. `more` holds further fields of their rows. */
export async function addSubscribers(
  store: Store,
  cast: TestPeople,
  count: number,
  more: Partial<ContactDoc> = {},
): Promise<OpenContact[]> {
  const made = Array.from({ length: count }, () => newSubscriber(cast));
  await store.contacts.insertMany(made.map(({ row }) => ({ ...row, ...more })));
  return made.map(({ holder }) => holder);
}

function newSubscriber({ ring, indexOf, number, now }: TestPeople): { holder: OpenContact; row: ContactDoc } {
  const own = number();
  const holder = newHolder(ring, own, indexOf(own), []);
  const since = now?.() ?? new Date();
  const person: ConsentState = {
    ...emptyConsentState(),
    subscriptions: [
      {
        program: 'deals',
        state: 'subscribed',
        since,
        topics: ['deals'],
        purposes: ['marketing'],
        basis: null,
      },
    ],
  };
  const head = { seq: 0, hash: '' };
  return { holder, row: fieldsOf(holder, person, { rev: 1, head, createdAt: since, source: 'text' }) };
}

/** A marketing message of the program `deals`, planned for one person and due. */
export function plannedFor(holder: OpenContact, fields: Partial<DeliveryDoc> = {}): DeliveryDoc {
  const digest = randomBytes(12).toString('base64url');
  const row = newDelivery(holder, {
    digest,
    rev: 1,
    class: 'marketing',
    program: 'deals',
    topic: 'deals',
    template: 'text',
    language: 'en',
    lane: laneOf('marketing'),
    sender: '28555',
    service: null,
    to: holder.number,
    text: `an offer ${holder.bucket}${digest}`,
    parts: 1,
    at: new Date(0),
  });
  return { ...row, ...fields };
}
