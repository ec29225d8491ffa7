import { createHash } from 'node:crypto';
import { type ConsentState, emptyConsentState, type Prompt } from '../../src/domain/consent/consent-state.ts';
import { DAY_MS } from '../../src/domain/durations.ts';
import { laneOf } from '../../src/domain/sending/lanes.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { fieldsOf, newHolder, type OpenContact } from '../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { newDelivery } from '../../src/store/deliveries/new-delivery.ts';
import { blindIndex, type KeyRing } from '../../src/store/sealing/keys.ts';
import type { Store } from '../../src/store/store.ts';
import { SENDERS } from '../seed/programs.ts';

/** The number of documents in one `insertMany`. */
export const SLICE = 2000;

export type Keys = { keyRing: KeyRing; blindIndexKeys: readonly Buffer[] };

/** A subscriber as JOIN and YES leave one, and the message planned for them, if any. */
export type Subscriber = { holder: OpenContact; contact: ContactDoc; row: DeliveryDoc | null };

/** Numbers of the block 555, of which there are ten million. */
export const numberOf = (at: number): string => `+1555${String(at).padStart(7, '0')}`;

export function subscriber(keys: Keys, at: number): Subscriber {
  const joined = { program: 'deals', state: 'subscribed' as const, since: new Date(), topics: ['deals'] };
  const purposes = ['marketing' as const];
  return contactOf(keys, at, {
    ...emptyConsentState(),
    subscriptions: [{ ...joined, purposes, basis: null }],
  });
}

/**
 * A person who texted JOIN and whose question has been sent. Their YES is consent, although no worker runs that could send a
 * question.
 */
export function asked(keys: Keys, at: number): Subscriber {
  const since = new Date();
  const pending = {
    program: 'deals',
    state: 'pending' as const,
    since,
    topics: [],
    purposes: [],
    basis: null,
  };
  const question: Prompt = {
    ...{ id: `bench-${at}`, seq: 0, number: SENDERS.shop.number, program: 'deals', topics: ['deals'] },
    ...{ purposes: { deals: 'marketing' }, language: 'en', confirmWord: 'YES', channel: 'VIA_TEXT' },
    disclosure: { touchpoint: 'sms-join-prompt.en', version: 1 },
    ...{ issuedAt: since, handedOverAt: since, expiresAt: new Date(since.getTime() + DAY_MS) },
    ...{ under: {}, step: 'confirm', state: 'open' },
  };
  return contactOf(keys, at, { ...emptyConsentState(), subscriptions: [pending], prompts: [question] });
}

function contactOf({ keyRing, blindIndexKeys }: Keys, at: number, person: ConsentState): Subscriber {
  const number = numberOf(at);
  const holder = newHolder(keyRing, number, blindIndex(blindIndexKeys, number), []);
  const head = { seq: 0, hash: '' };
  const contact = fieldsOf(holder, person, { rev: 1, head, createdAt: new Date(), source: 'text' });
  return { holder, contact, row: null };
}

/** The message of a campaign to one subscriber, planned and due at once. */
export function offerTo(holder: OpenContact, campaign: string): DeliveryDoc {
  const cause = `bench ${campaign} ${holder.number}`;
  return newDelivery(holder, {
    rev: 1,
    class: 'marketing',
    program: 'deals',
    topic: 'deals',
    template: 'text',
    language: 'en',
    lane: laneOf('marketing', campaign),
    sender: SENDERS.shop.number,
    service: SENDERS.shop.messagingServiceSid,
    parts: 1,
    digest: createHash('sha256').update(cause).digest('base64url').slice(0, 24),
    to: holder.number,
    text: `An offer for you, number ${holder.number.slice(-7)}`,
    at: new Date(),
  });
}

/** Makes and inserts subscribers, a few thousand at a time. Resolves with what `keep` returns for each. */
export async function insertSubscribers<T>(
  store: Store,
  count: number,
  make: (at: number) => Subscriber,
  keep: (subscriber: Subscriber) => T[],
): Promise<T[]> {
  const kept: T[] = [];
  for (let from = 0; from < count; from += SLICE) {
    const length = Math.min(SLICE, count - from);
    const people = Array.from({ length }, (_, at) => make(from + at));
    await store.contacts.insertMany(people.map(({ contact }) => contact));
    const rows = people.flatMap(({ row }) => row ?? []);
    if (rows.length > 0) await store.deliveries.insertMany(rows);
    for (const person of people) kept.push(...keep(person));
  }
  return kept;
}
