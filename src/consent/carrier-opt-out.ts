import {
  type CarrierReport,
  closedByReport,
  isOutdated,
  isStop,
  optOutByCarrier,
} from '../domain/consent/carrier-block.ts';
import type { ConsentState } from '../domain/consent/consent-state.ts';
import { carrierRule } from '../domain/consent/ledger-reasons.ts';
import type { Scope } from '../domain/consent/suppression.ts';
import { blockScope } from '../domain/opt-out-handling.ts';
import { cancelAndDrain, type Revocation } from '../sending/cancel-and-drain.ts';
import { type ContactDoc, findContact, findHolders } from '../store/contacts/contacts.ts';
import { numberOf, unlessClosed } from '../store/contacts/open-contact.ts';
import { type DeliveryDoc, findDeliveries } from '../store/deliveries/delivery.ts';
import { isClosed } from '../store/sealing/keys.ts';
import { closedAmong } from '../store/startup-checks.ts';
import type { AppContext } from './app-context.ts';
import { commitAct } from './commit-act.ts';

const RULES = 'carrier-1';

/**
 * A message that the carrier refused or failed because it blocks us: delivery id, error code and time of the report.
 */
type CarrierBlockReport = { delivery: string; code: string; at: Date };

/**
 * Records an opt-out that the carrier knows and we may not, and drains it as any other: when it resolves, the opt-out
 * is durable, planned deliveries are canceled, and claimed ones have settled or their lease has passed. A repeated report writes nothing and
 * waits all the same. A report about a message sent before the person opted in again ends nothing, and a block
 * reported for a message that was delivered after all is ignored. The caller settles the delivery of the message
 * first, or waits for its lease.
 */
export async function carrierOptOut(
  context: AppContext,
  { delivery, code, at }: CarrierBlockReport,
): Promise<void> {
  const [row] = await findDeliveries(context.store, [delivery]);
  const contact = row === undefined ? null : await findContact(context.store, row.contact);
  if (row === undefined || contact === null) return;
  const sender = context.catalog.current().sender(row.sender);
  const scope = sender === null ? scopeOf(row) : blockScope(sender);
  const stop = isStop(code, sender?.handling ?? null);
  if (!stop && row.state === 'delivered') return;
  const numbers = [row.sender, ...numbersUnder(scope, context)];
  const word = { delivery, code, scope, stop, at, numbers, leftAt: leftAt(row) };
  const evidence = { delivery, code, carrierSid: row.carrierSid ?? null, at };
  await learn(context, contact, word, { from: row.sender, evidence });
}

/**
 * A block report about a message that is none of our deliveries. `index`: the recipient. `sender`: the number it came
 * from.
 */
type UnmatchedReceipt = { index: string; sender: string; carrierSid: string; code: string; at: Date };

/**
 * Records an opt-out when the report names a sender of ours and a recipient that we know, and the code can only mean
 * an opt-out. Nothing ends for a person who got the number after the report. The message itself was sent at an
 * unknown time before the report.
 */
export async function optOutFromUnmatchedReceipt(
  context: AppContext,
  { index, sender: from, carrierSid, code, at }: UnmatchedReceipt,
): Promise<void> {
  const sender = context.catalog.current().sender(from);
  if (sender === null || !isStop(code, sender.handling)) return;
  const [contact] = await findHolders(context.store, [index]);
  if (contact === undefined) return;
  const scope = blockScope(sender);
  const numbers = numbersUnder(scope, context);
  const former = (await heldSince(context, contact)) > at ? { former: true as const } : {};
  const word = { delivery: null, code, scope, stop: true, at, numbers, leftAt: at, ...former };
  const evidence = { rule: carrierRule(code), carrierSid, at };
  await learn(context, contact, word, { from, evidence });
}

/** Since when this person has the number, under any keys. */
async function heldSince({ store }: Pick<AppContext, 'store'>, contact: ContactDoc): Promise<Date> {
  let first = contact;
  while (first.personId !== undefined && first.follows !== undefined) {
    const before = await findContact(store, first.follows);
    if (before?.personId !== first.personId) break;
    first = before;
  }
  return first.createdAt;
}

type Learning = { from: string; evidence: Record<string, unknown> };

/** The person as read, what the carrier's report means for them, and the revision after that read. */
type Seen = Pick<Revocation, 'contact' | 'rev' | 'personId' | 'follows'> & {
  person: ConsentState;
  said: CarrierReport;
};

/**
 * Writes the opt-out. When no process can ever open the contact, nothing can be written: logs that and returns.
 * Rejects when another process may still have the key.
 */
async function learn(
  context: AppContext,
  contact: ContactDoc,
  word: CarrierReport,
  learning: Learning,
): Promise<void> {
  // The number of an erased person can no longer be read. Suppressions of the number outlive the person anyway.
  if (contact.sealed === null) return;
  try {
    await write(context, contact, word, learning);
  } catch (error) {
    if (!isClosed(error) || !(await isClosedForGood(context, contact))) throw error;
    const fields = { contact: contact._id, code: word.code, kind: error.name };
    context.log.error(
      fields,
      'an opt-out that the carrier reported is not recorded: the keys of the contact are lost',
    );
  }
}

/**
 * Whether the keys of all holders concerned are lost. A key that only this process lacks counts as lost once the
 * operator says so.
 */
async function isClosedForGood(
  context: Pick<AppContext, 'ring' | 'store'>,
  contact: ContactDoc,
): Promise<boolean> {
  const holders = [contact, ...(await findHolders(context.store, [contact.index]))];
  const { closed, lost } = await closedAmong(context, holders);
  return lost.length === closed.length;
}

async function write(
  context: AppContext,
  contact: ContactDoc,
  word: CarrierReport,
  { from, evidence }: Learning,
): Promise<void> {
  const found = await reached(context, contact);
  let seen = null as Seen | null;
  const prepared = await commitAct(context, {
    number: found.number,
    channel: 'VIA_TEXT',
    from,
    actor: 'carrier',
    rules: RULES,
    personal: { number: found.number, origin: JSON.stringify(evidence) },
    alone: true,
    decide: (person, _at, read) => {
      // The number has no holder. The carrier will report its block again once it has one.
      if (read.rev === 0) return null;
      seen = seenAs(found, word, { person, ...read });
      return optOutByCarrier(person, seen.said);
    },
  });
  if (seen === null || isOutdated(seen.person, seen.said)) return;
  const { delivery, code } = word;
  if (prepared?.change.events.some(({ kind }) => kind === 'withdrawn')) {
    context.log.warn({ delivery, code }, 'the carrier reported an opt-out that was not on record');
  } else if (prepared !== null) {
    context.log.info({ delivery, code }, 'the carrier blocks our messages to a number');
  }
  const { person, contact: of, rev, personId, follows } = prepared ?? seen;
  const scopes = closedByReport(seen.said, person);
  const fact = { contact: of, rev, scopes, prompts: person.prompts, personId, follows };
  await cancelAndDrain(context.store, fact, context.monotonic);
}

type Reached = { contact: ContactDoc; holder: ContactDoc | undefined };

/**
 * The number of a contact and its current holder. When this process lacks the keys of one, it may have those of the
 * other.
 */
async function reached(
  context: Pick<AppContext, 'ring' | 'store'>,
  contact: ContactDoc,
): Promise<Reached & { number: string }> {
  const [holder] = await findHolders(context.store, [contact.index]);
  const other =
    holder !== undefined && holder._id !== contact._id && holder.sealed !== null ? holder : contact;
  const number = unlessClosed(() => numberOf(context.ring, contact)) ?? numberOf(context.ring, other);
  // Read after the holder: a person who meanwhile continued under new keys is linked with the contact by now.
  const fresh = other === contact ? contact : await findContact(context.store, contact._id);
  return { contact: fresh ?? contact, holder, number };
}

/**
 * Since the message, the number may have passed to a new holder, or the same person may have a new contact under new
 * keys.
 */
function seenAs(
  { contact, holder }: Reached,
  word: CarrierReport,
  read: { person: ConsentState; contact: string; rev: number },
): Seen {
  const of = { contact: read.contact, rev: read.rev + 1, person: read.person };
  if (read.contact === contact._id) {
    return { ...of, personId: contact.personId, follows: contact.follows, said: word };
  }
  const { personId } = contact;
  const isSame = personId !== undefined && holder?._id === read.contact && holder.personId === personId;
  if (isSame) return { ...of, personId, follows: contact._id, said: word };
  return { ...of, personId: undefined, follows: contact._id, said: { ...word, former: true } };
}

/** When the message was sent: the time of its last decision, since the hand-over follows at once. */
const leftAt = ({ decision, acceptedAt }: DeliveryDoc): Date | null => decision?.at ?? acceptedAt ?? null;

/** Our numbers whose blocks are kept at this scope. */
export function numbersUnder(scope: Scope, { catalog }: Pick<AppContext, 'catalog'>): string[] {
  const senders = catalog.current().book.senders.filter((sender) => blockScope(sender) === scope);
  return senders.map(({ number }) => number);
}

/** The scope of a sender that is no longer in the catalog. */
const scopeOf = ({ service, sender }: DeliveryDoc): Scope =>
  service === null ? `sender:${sender}` : `service:${service}`;
