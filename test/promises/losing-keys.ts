import { expect } from 'chai';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { type OpenContact, openHolder } from '../../src/store/contacts/open-contact.ts';
import type { Client } from '../api/client.ts';
import { type Gateway, until } from '../support/gateway.ts';
import { plannedFor } from '../support/people.ts';
import { indexOf, newPerson } from './inbound-posts.ts';

/** The mark that the operator sets to record that a key is lost for good. */
export const LOST = 'key ring k-lost';

/**
 * Helpers for tests with people whose key is lost. `client` is a function because the client is made after the
 * gateway.
 */
export function losingKeys(gateway: () => Gateway, client: () => Client) {
  const current = (number: string): Promise<ContactDoc | null> =>
    gateway().store.contacts.findOne({ index: indexOf(gateway(), number), current: true });
  const rejoin = async (number: string): Promise<void> => {
    for (const word of ['JOIN', 'YES']) await gateway().text(number, word);
  };
  const holderNow = async (number: string): Promise<OpenContact> => {
    const stored = await current(number);
    if (stored === null) throw new Error('nobody has the number');
    return openHolder(gateway().config.keyRing, stored, []);
  };
  return {
    current,
    rejoin,
    holderNow,
    joined: async (number = newPerson()): Promise<string> => {
      await rejoin(number);
      return number;
    },
    lose: async (number: string): Promise<string> => {
      const index = indexOf(gateway(), number);
      const by = { 'keys.profile.by': 'k-lost', 'keys.evidence.by': 'k-lost' };
      const contact = await gateway().store.contacts.findOneAndUpdate({ index, current: true }, { $set: by });
      return contact?._id ?? '';
    },
    note: () => gateway().store.marks.insertOne({ _id: LOST, at: new Date(), value: 'lost' }),
    merge: async (contact: string, other: string): Promise<void> => {
      const body = { with: other, reason: 'They wrote from both.' };
      expect((await client()('post', `/contacts/${contact}/merge`, { body })).status).to.equal(200);
    },
    /** The reasons for which an offer was refused. Empty when the offer left. */
    offer: async (holder: OpenContact) => {
      const row = plannedFor(holder, { ifCapped: 'skip' });
      await gateway().store.deliveries.insertOne(row);
      const read = () => gateway().store.deliveries.findOne({ _id: row._id });
      await until('the offer is decided', async () => (await read())?.open === undefined);
      return (await read())?.decision?.reasons;
    },
    saysOf: async (number: string, word: string): Promise<string> =>
      (await gateway().text(number, word)).replies.join('\n'),
  };
}
