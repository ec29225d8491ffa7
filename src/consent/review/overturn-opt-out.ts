import { type Actor, actorText } from '../../domain/access/actor.ts';
import {
  NOT_OVERTURNED,
  type NotOverturned,
  overturn,
  type TextRead,
  WANTS_LESS,
} from '../../domain/consent/overturn.ts';
import { type ConsentEventDoc, chainOf } from '../../store/consent/consent-events.ts';
import { findInbound, textsOf } from '../../store/consent/inbound-texts.ts';
import { type ContactDoc, findContact } from '../../store/contacts/contacts.ts';
import { openHolder } from '../../store/contacts/open-contact.ts';
import type { AppContext } from '../app-context.ts';
import { commitAct } from '../commit-act.ts';
import { openContacts } from '../contact-refs.ts';
import { openEntry } from '../ledger/ledger.ts';

const RULES = 'overturn-1';

/** Number of tries when the person acts between our read and our write. */
const TRIES = 5;

type OverturnOrder = {
  contact: string;
  /** Sequence number of the opt-out's ledger entry. */
  seq: number;
  reason: string;
  actor: Actor;
};

type Restored = { program: string; topics: string[] }[];

type Refusal = { kind: 'unknown' } | { kind: 'refused'; code: NotOverturned; sentence: string };
type OverturnOutcome = { kind: 'overturned'; restored: Restored } | Refusal;

/**
 * Takes back, by compliance, an opt-out that was read from ordinary words. Everything the decision rests on is read
 * under the revision of the contact at which it is written, so a STOP that comes meanwhile is seen and wins.
 * Deliveries that the opt-out canceled stay canceled.
 */
export async function overturnOptOut(context: AppContext, order: OverturnOrder): Promise<OverturnOutcome> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await tryOnce(context, order);
    if (outcome !== 'moved-on') return outcome;
    if (tries >= TRIES) return refused('later-act');
  }
}

/** Whether an opt-out can be overturned now, and which programs that would restore. Changes nothing. */
export async function checkOverturn(
  context: Pick<AppContext, 'ring' | 'store'>,
  order: Pick<OverturnOrder, 'contact' | 'seq'>,
): Promise<{ kind: 'possible'; restored: Restored } | Refusal> {
  const found = await factsOf(context, order);
  if ('kind' in found) return found;
  const [opened] = await openContacts(context, [found.contact]);
  if (opened === undefined) return { kind: 'unknown' };
  const decided = overturn(opened.person, found.facts);
  return 'not' in decided ? refused(decided.not) : { kind: 'possible', restored: restoredBy(decided.events) };
}

type Facts = Parameters<typeof overturn>[1];

/** What decides about an overturn, besides the state of the contact. */
async function factsOf(
  context: Pick<AppContext, 'ring' | 'store'>,
  { contact: id, seq }: Pick<OverturnOrder, 'contact' | 'seq'>,
): Promise<{ contact: ContactDoc; number: string; facts: Facts } | Refusal> {
  // The contact is read first: whatever is written later has a higher revision.
  const contact = await findContact(context.store, id);
  if (contact === null || contact.sealed === null) return { kind: 'unknown' };
  if (!contact.current) return refused('former-holder');
  const chain = await chainOf(context.store, contact._id);
  const event = chain.find((entry) => entry.seq === seq);
  if (event === undefined) return { kind: 'unknown' };
  const texts = await textsThatWantLess(context, contact._id);
  const { number, keys } = openHolder(context.ring, contact, []);
  const readAt = await timesRead(context, event, keys.evidence);
  const { deactivatedAt = null } = contact;
  return { contact, number, facts: { seq, chain, texts, readAt, deactivatedAt } };
}

const restoredBy = (events: readonly { program: string | null; topics: string[] }[]): Restored =>
  events.flatMap(({ program, topics }) => (program === null ? [] : [{ program, topics }]));

async function tryOnce(context: AppContext, order: OverturnOrder): Promise<OverturnOutcome | 'moved-on'> {
  const found = await factsOf(context, order);
  if ('kind' in found) return found;
  const { contact, number, facts } = found;
  let not: NotOverturned | 'moved-on' = 'moved-on';
  const { reason, actor } = order;
  const prepared = await commitAct(context, {
    number,
    channel: 'NO_ACT',
    from: null,
    actor: actorText(actor),
    rules: RULES,
    personal: { number, origin: JSON.stringify({ door: 'overturn', reason }) },
    alone: false,
    audited: { act: 'opt-out-overturned', reason, details: { event: order.seq } },
    decide: (person, _at, read) => {
      not = 'moved-on';
      if (read.contact !== contact._id || read.rev !== contact.rev) return null;
      const decided = overturn(person, facts);
      if ('person' in decided) return decided;
      not = decided.not;
      return null;
    },
  });
  if (prepared === null) return not === 'moved-on' ? not : refused(not);
  return { kind: 'overturned', restored: restoredBy(prepared.change.events) };
}

async function textsThatWantLess({ store }: Pick<AppContext, 'store'>, contact: string): Promise<TextRead[]> {
  const found = await textsOf(store, contact, WANTS_LESS);
  return found.map(({ reading: { kind }, receivedAt, recordedAt }) => ({ kind, receivedAt, recordedAt }));
}

async function timesRead(
  { store }: Pick<AppContext, 'store'>,
  entry: ConsentEventDoc,
  key: Buffer,
): Promise<Date[] | null> {
  const of = itemOf(entry, key);
  if (of === null) return null;
  // A text that is no longer stored counts as another than the one on hold.
  const found = await findInbound(store, [of.item, of.read]);
  return found.map(({ receivedAt }) => receivedAt);
}

const refused = (code: NotOverturned): Refusal => ({
  kind: 'refused',
  code,
  sentence: NOT_OVERTURNED[code],
});

/**
 * The inbox item by which an entry was written, and the last text of it that was read. Null for any other entry.
 * Throws `SealBroken`.
 */
export function itemOf(entry: ConsentEventDoc, key: Buffer): { item: string; read: string } | null {
  const [, origin = '{}'] = openEntry(entry, key)?.origin ?? [];
  const { door, item, read } = JSON.parse(origin);
  return door === 'inbox' ? { item, read } : null;
}
