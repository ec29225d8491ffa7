import type { AppContext } from '../../../src/consent/app-context.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { addSubscriber } from '../../support/people.ts';
import { bareRow, contextOf } from '../rows.ts';

/** Noon in UTC of the day of every sweep. */
export const NOW = new Date('2026-03-30T12:00:00Z');
const DAY_MS = 86_400_000;
export const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * DAY_MS);

/**
 * A gateway without a worker, a context whose clock stands still, and people whose messages have ended in given ways.
 */
export type BounceHarness = {
  gateway: Gateway;
  context: AppContext;
  /** Inserts a person who has been subscribed to deals for a year. Resolves with the contact's id. */
  addPerson: (area?: string) => Promise<string>;
  /** Adds ended messages: "3 30005" failed with this code three days ago, "3 ok" arrived three days ago. */
  addMessages: (contact: string, words: string, over?: Partial<DeliveryDoc>) => Promise<void>;
  /** The person's state: "subscribed", "ended gone" or "suppressed" with the scope. */
  standing: (contact: string) => Promise<string>;
  /** The number of ledger entries, and how often each contact was written. */
  written: () => Promise<string>;
  close: () => Promise<void>;
};

export async function openBounceHarness(
  options: { lookup?: boolean; now?: () => Date } = {},
): Promise<BounceHarness> {
  const { lookup = false, now = () => NOW } = options;
  const gateway = await startGateway({ worker: false, lookup, now });
  const open: OpenedContext = await contextOf(gateway, now);
  const { context } = open;
  const { store } = gateway;
  let used = 0;
  const number = (area: string) => () => `+1${area}555${String(used++).padStart(4, '0')}`;
  const rowOf = (contact: string, words: string, at: number, over: Partial<DeliveryDoc>): DeliveryDoc => {
    const [days = '', code = ''] = words.split(' ');
    const left = daysAgo(Number(days));
    const told =
      code === 'ok' ? { state: 'delivered' as const } : { state: 'undelivered' as const, error: code };
    return {
      ...bareRow({ contact, createdAt: left, dueAt: left, leaseUntil: left, acceptedAt: left }),
      _id: `${contact}.${words.replace(' ', '.')}.${at}`,
      index: contact,
      finalAt: new Date(left.getTime() + 60_000),
      decision: { allowed: true, reasons: [], at: left },
      ...told,
      ...over,
    };
  };
  return {
    gateway,
    context,
    addPerson: async (area = '212') => {
      const holder = await addSubscriber(store, {
        ring: context.ring,
        indexOf: context.indexOf,
        number: number(area),
      });
      await store.contacts.updateOne({ _id: holder.id }, { $set: { 'subscriptions.0.since': daysAgo(365) } });
      return holder.id;
    },
    addMessages: async (contact, words, over = {}) => {
      const found = await store.contacts.findOne({ _id: contact });
      const index = { index: found?.index ?? '', ...over };
      const rows = words.split(', ').map((word, at) => rowOf(contact, word, at, index));
      await store.deliveries.insertMany(rows.map(({ open: _, ...row }) => row));
    },
    standing: async (contact) => {
      const found = await store.contacts.findOne({ _id: contact });
      const rows = await store.suppressions.find({ index: found?.index ?? '', kind: 'hygiene' }).toArray();
      const subscriptions = (found?.subscriptions ?? []).map(({ state, endedBy }) =>
        endedBy === undefined ? state : `ended ${endedBy}`,
      );
      const standing = rows.filter(({ generation, lifts }) => generation > (lifts['*'] ?? 0));
      return [...subscriptions, ...standing.map(({ scope }) => `suppressed ${scope}`)].join(', ');
    },
    written: async () => {
      const contacts = await store.contacts.find({}, { projection: { rev: 1 } }).toArray();
      return `${await store.consentEvents.countDocuments({})} ${contacts.map(({ rev }) => rev).join()}`;
    },
    close: async () => {
      await open.close();
      await gateway.stop();
    },
  };
}
