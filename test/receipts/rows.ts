import { randomBytes } from 'node:crypto';
import { type OpenedContext, openContext } from '../../src/open-context.ts';
import { CLAIM_LEASE_MS } from '../../src/sending/gate.ts';
import { openHolder } from '../../src/store/contacts/open-contact.ts';
import { type DeliveryDoc, deliveryPlace } from '../../src/store/deliveries/delivery.ts';
import { seal } from '../../src/store/sealing/sealing.ts';
import type { Store } from '../../src/store/store.ts';
import type { Gateway } from '../support/gateway.ts';

export const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

export const newSid = (): string => `SM${randomBytes(16).toString('hex')}`;
export const newDelivery = (): string => `d_${randomBytes(12).toString('hex')}`;

/** A delivery of no contact, with the fields that updates of deliveries need. */
export function bareRow(over: Partial<DeliveryDoc> = {}): DeliveryDoc {
  const at = new Date(Date.now() - 60_000);
  return {
    _id: newDelivery(),
    contact: 'c_nobody',
    index: '1.nobody',
    rev: 1,
    class: 'marketing',
    program: 'deals',
    topic: 'deals',
    template: 'text',
    language: 'en',
    lane: '2-single',
    sender: '28555',
    service: null,
    sealed: null,
    parts: 1,
    state: 'sending',
    open: true,
    epoch: 1,
    owner: 'someone',
    leaseUntil: new Date(at.getTime() + CLAIM_LEASE_MS),
    dueAt: at,
    createdAt: at,
    decision: null,
    answers: null,
    own: false,
    prompt: null,
    ...over,
  };
}

/** Opens a second context of the use cases on the gateway's database. `now` is its clock. */
export function contextOf({ config, store }: Gateway, now?: () => Date): Promise<OpenedContext> {
  return openContext({ ...config, database: store.db.databaseName }, QUIET, now);
}

/** Inserts a delivery to a known person, with its content sealed. Rejects when nobody has the number. */
export async function plant(
  { context }: OpenedContext,
  number: string,
  text: string,
  over: Partial<DeliveryDoc> = {},
): Promise<DeliveryDoc> {
  const contact = await context.store.contacts.findOne({ index: context.indexOf(number) });
  if (contact === null) throw new Error('nobody has this number');
  const row = bareRow({ contact: contact._id, index: contact.index, rev: contact.rev, ...over });
  const { keys } = openHolder(context.ring, contact, []);
  row.sealed = seal(keys.profile, deliveryPlace(row._id), JSON.stringify({ to: number, text }));
  await context.store.deliveries.insertOne(row);
  return row;
}

export async function rowOf(store: Store, { _id }: Pick<DeliveryDoc, '_id'>): Promise<DeliveryDoc> {
  const row = await store.deliveries.findOne({ _id });
  if (row === null) throw new Error('the row is gone');
  return row;
}
