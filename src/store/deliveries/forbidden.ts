import type { ClientSession, Filter } from 'mongodb';
import { readScope, type Scope } from '../../domain/consent/suppression.ts';
import { FREE_OF_HOLD, FREE_OF_OPT_OUT } from '../../domain/sending/send-rules.ts';
import type { Database } from '../collection.ts';
import { type DeliveryDoc, deliveries } from './delivery.ts';
import { endedRow } from './transitions.ts';

type Some = Filter<DeliveryDoc>;

/** A filter of deliveries to some contacts that may no longer be sent. */
export type RowsToContacts = Some & { contact: string | { $in: string[] } };

/** The contacts of the filter. */
export const contactsOf = ({ contact }: RowsToContacts): readonly string[] =>
  typeof contact === 'string' ? [contact] : contact.$in;

/**
 * What a new fact about one person closes: some scopes, or, for a hold, everything except answers. `questions`: ids
 * of further prompts that it closes. The message of a prompt names its program and none of the topics that it asks
 * about, so scopes of topics do not match it.
 */
export type Covering = { scopes: readonly Scope[]; hold?: boolean; questions?: readonly string[] };

/**
 * A contact's deliveries that a fact forbids. Deliveries of the fact's revision or a later one have seen the fact,
 * and are not included.
 */
export const forbiddenDeliveries = (fact: Covering & { contact: string; rev: number }): RowsToContacts => ({
  ...covered(fact),
  contact: fact.contact,
  rev: { $lt: fact.rev },
});

/**
 * Another contact's deliveries that the fact forbids, of any revision, because that contact's revision counts other
 * writes.
 */
export const forbiddenDeliveriesOfOther = (fact: Covering, contact: string): RowsToContacts => ({
  ...covered(fact),
  contact,
});

/** Marketing to a contact under some scopes, up to a revision. */
export const marketingTo = (contact: string, rev: number, scopes: readonly Scope[]): RowsToContacts => ({
  ...{ contact, open: true as const, rev: { $lte: rev }, class: 'marketing' as const },
  ...(scopes.includes('all') ? {} : { $or: scopes.map(inScope) }),
});

/** Claimed deliveries to some contacts. */
export const claimedFor = (
  contacts: readonly string[],
  what: 'marketing' | 'everything',
): RowsToContacts => ({
  ...{ contact: { $in: [...contacts] }, open: true as const, state: 'sending' as const },
  ...(what === 'marketing' ? { class: 'marketing' as const } : {}),
});

/** Deliveries that a fact forbids, of any contact. */
function covered({ scopes, hold, questions = [] }: Covering): Some {
  const free = hold === true ? FREE_OF_HOLD : FREE_OF_OPT_OUT;
  const base = { open: true as const, class: { $nin: [...free] } };
  // A hold does not cancel a prompt for the person's own JOIN: it answers them.
  if (hold === true) return { ...base, $nor: [{ class: 'prompt', own: true }] };
  if (scopes.includes('all')) return base;
  const asking: Some[] = questions.length === 0 ? [] : [{ prompt: { $in: [...questions] } }];
  return { ...base, $or: [...scopes.map(inScope), ...asking] };
}

/** Deliveries that a scope covers. */
function inScope(scope: Scope): Some {
  const { kind: _, ...fields } = readScope(scope);
  return fields;
}

/** The planned and claimed deliveries among several filters, all in one read. */
export async function openAmong(
  database: Database,
  sets: readonly RowsToContacts[],
  session: ClientSession,
): Promise<Pick<DeliveryDoc, 'contact' | 'state'>[]> {
  const states = { state: { $in: ['planned', 'sending'] as DeliveryDoc['state'][] } };
  const branches = sets.map((rows) => ({ ...states, ...rows }));
  const [only = {}] = branches;
  const filter: Some = branches.length === 1 ? only : { $or: branches };
  const projection = { _id: 0, contact: 1, state: 1 };
  return deliveries(database).find(filter, { projection, session }).toArray();
}

/** One claim: a delivery under one epoch. */
type Attempt = Pick<DeliveryDoc, '_id' | 'epoch'>;

/** Deliveries claimed for some of our numbers, or for a program. */
export async function attemptsAt(
  database: Database,
  { numbers, program }: { numbers: readonly string[]; program?: string },
): Promise<Attempt[]> {
  const of = program === undefined ? [] : [{ program }];
  const rows = { state: 'sending' as const, open: true as const };
  return deliveries(database)
    .find({ ...rows, $or: [{ sender: { $in: [...numbers] } }, ...of] }, { projection: { epoch: 1 } })
    .hint(deliveries.hint('open-of-contact'))
    .toArray();
}

/** Whether any of some attempts is still under way. */
export async function goesOn(database: Database, attempts: readonly Attempt[]): Promise<boolean> {
  const epochs = new Map(attempts.map(({ _id, epoch }) => [_id, epoch]));
  const rows = deliveries(database).find(
    { _id: { $in: [...epochs.keys()] }, state: 'sending' },
    { projection: { epoch: 1 } },
  );
  for await (const { _id, epoch } of rows) if (epochs.get(_id) === epoch) return true;
  return false;
}

/** Cancels the planned deliveries among them. */
export async function cancelPlanned(database: Database, rows: RowsToContacts, why: string): Promise<void> {
  await deliveries(database).updateMany({ ...rows, state: 'planned' }, endedRow('canceled', { error: why }));
}
