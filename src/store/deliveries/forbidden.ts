import type { ClientSession, Filter } from 'mongodb';
import { readScope, type Scope } from '../../domain/consent/suppression.ts';
import { FREE_OF_HOLD, FREE_OF_OPT_OUT } from '../../domain/sending/send-rules.ts';
import type { Store } from '../store.ts';
import type { DeliveryDoc } from './delivery.ts';
import { endedRow } from './transitions.ts';

type Some = Filter<DeliveryDoc>;

/** Rows that may not go any more, among those that are open to some contacts. */
export type Rows = Some & { contact: string | { $in: string[] } };

/** Whose they are. */
export const contactsOf = ({ contact }: Rows): readonly string[] =>
  typeof contact === 'string' ? [contact] : contact.$in;

/**
 * What a new fact about one person closes: some scopes, or, for a hold, everything but answers. `questions`: ids of those that
 * it closes beside; the message that puts one names its program, and none of the topics that it asks for.
 */
export type Covering = { scopes: readonly Scope[]; hold?: boolean; questions?: readonly string[] };

/** Rows of a contact that a fact forbids; those of the revision it was written as, or of a later one, saw it. */
export const forbiddenDeliveries = (fact: Covering & { contact: string; rev: number }): Rows => ({
  ...covered(fact),
  contact: fact.contact,
  rev: { $lt: fact.rev },
});

/** Rows of another contact that the fact forbids, of whatever revision: it counts other writes. */
export const forbiddenDeliveriesOfOther = (fact: Covering, contact: string): Rows => ({
  ...covered(fact),
  contact,
});

/** Marketing to a contact under some scopes, of a revision or an older one. */
export const marketingTo = (contact: string, rev: number, scopes: readonly Scope[]): Rows => ({
  ...{ contact, open: true as const, rev: { $lte: rev }, class: 'marketing' as const },
  ...(scopes.includes('all') ? {} : { $or: scopes.map(inScope) }),
});

/** What is flagged to some contacts. */
export const flaggedTo = (contacts: readonly string[], what: 'marketing' | 'everything'): Rows => ({
  ...{ contact: { $in: [...contacts] }, open: true as const, state: 'sending' as const },
  ...(what === 'marketing' ? { class: 'marketing' as const } : {}),
});

/** Rows that it forbids, whosever. */
function covered({ scopes, hold, questions = [] }: Covering): Some {
  const free = hold === true ? FREE_OF_HOLD : FREE_OF_OPT_OUT;
  const base = { open: true as const, class: { $nin: [...free] } };
  // The question that a person's own JOIN asked for answers it.
  if (hold === true) return { ...base, $nor: [{ class: 'prompt', own: true }] };
  if (scopes.includes('all')) return base;
  const asking: Some[] = questions.length === 0 ? [] : [{ prompt: { $in: [...questions] } }];
  return { ...base, $or: [...scopes.map(inScope), ...asking] };
}

/** Rows that a scope covers. */
function inScope(scope: Scope): Some {
  const { kind: _, ...fields } = readScope(scope);
  return fields;
}

/** Of several sets of rows, those that are planned or flagged: all are read at one look. */
export async function openAmong(
  store: Store,
  sets: readonly Rows[],
  session: ClientSession,
): Promise<Pick<DeliveryDoc, 'contact' | 'state'>[]> {
  const states = { state: { $in: ['planned', 'sending'] as DeliveryDoc['state'][] } };
  const branches = sets.map((rows) => ({ ...states, ...rows }));
  const [only = {}] = branches;
  const filter: Some = branches.length === 1 ? only : { $or: branches };
  const projection = { _id: 0, contact: 1, state: 1 };
  return store.deliveries.find(filter, { projection, session }).toArray();
}

/** One flag: a row under one epoch. */
type Attempt = Pick<DeliveryDoc, '_id' | 'epoch'>;

/** What is flagged at some of our numbers, or of a program. */
export async function attemptsAt(
  store: Store,
  { numbers, program }: { numbers: readonly string[]; program?: string },
): Promise<Attempt[]> {
  const of = program === undefined ? [] : [{ program }];
  const rows = { state: 'sending' as const, open: true as const };
  return store.deliveries
    .find({ ...rows, $or: [{ sender: { $in: [...numbers] } }, ...of] }, { projection: { epoch: 1 } })
    .hint('open-of-contact')
    .toArray();
}

/** Whether any of some attempts has not ended. */
export async function goesOn(store: Store, attempts: readonly Attempt[]): Promise<boolean> {
  const epochs = new Map(attempts.map(({ _id, epoch }) => [_id, epoch]));
  const rows = store.deliveries.find(
    { _id: { $in: [...epochs.keys()] }, state: 'sending' },
    { projection: { epoch: 1 } },
  );
  for await (const { _id, epoch } of rows) if (epochs.get(_id) === epoch) return true;
  return false;
}

/** Ends those that are planned. */
export async function cancelPlanned(store: Store, rows: Rows, why: string): Promise<void> {
  await store.deliveries.updateMany({ ...rows, state: 'planned' }, endedRow('canceled', { error: why }));
}
