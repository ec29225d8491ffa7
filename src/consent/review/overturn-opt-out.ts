import {
  NOT_OVERTURNED,
  type NotOverturned,
  overturn,
  type TextRead,
  WANTS_LESS,
} from '../../domain/consent/overturn.ts';
import { type ConsentEventDoc, chainOf } from '../../store/consent/consent-events.ts';
import { findInbound, textsOf } from '../../store/consent/inbound-texts.ts';
import { findContact } from '../../store/contacts/contacts.ts';
import { openHolder } from '../../store/contacts/open-contact.ts';
import type { AppContext } from '../app-context.ts';
import { commitAct } from '../commit-act.ts';
import { openEntry } from '../ledger/ledger.ts';

const RULES = 'overturn-1';

/** Number of tries when the person acts between our read and our write. */
const TRIES = 5;

type OverturnOrder = {
  contact: string;
  /** Sequence number of the opt-out's ledger entry. */
  seq: number;
  reason: string;
  /** Id of the API key that asks. */
  key: string;
};

type OverturnOutcome =
  | { kind: 'overturned'; restored: { program: string; topics: string[] }[] }
  | { kind: 'unknown' }
  | { kind: 'refused'; code: NotOverturned; sentence: string };

/**
 * Takes back, by compliance, an opt-out that was read from ordinary words. Everything the decision rests on is read
 * under the revision of the contact at which it is written, so a STOP that comes meanwhile is seen and wins.
 * Deliveries that the opt-out canceled stay canceled.
 */
export async function overturnOptOut(context: AppContext, order: OverturnOrder): Promise<OverturnOutcome> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await tryOnce(context, order);
    if (outcome !== 'moved-on') {
      const fields = { key: order.key, contact: order.contact, event: order.seq };
      if (outcome.kind === 'overturned') context.log.info(fields, 'an opt-out was overturned');
      return outcome;
    }
    if (tries >= TRIES) return refused('later-act');
  }
}

async function tryOnce(context: AppContext, order: OverturnOrder): Promise<OverturnOutcome | 'moved-on'> {
  // The contact is read first: whatever is written later has a higher revision.
  const contact = await findContact(context.store, order.contact);
  if (contact === null || contact.sealed === null) return { kind: 'unknown' };
  if (!contact.current) return refused('former-holder');
  const chain = await chainOf(context.store, contact._id);
  const event = chain.find(({ seq }) => seq === order.seq);
  if (event === undefined) return { kind: 'unknown' };
  const texts = await textsThatWantLess(context, contact._id);
  const { number, keys } = openHolder(context.ring, contact, []);
  const readAt = await timesRead(context, event, keys.evidence);
  const { deactivatedAt = null } = contact;
  let not: NotOverturned | 'moved-on' = 'moved-on';
  const { reason, seq, key } = order;
  const prepared = await commitAct(context, {
    number,
    channel: 'NO_ACT',
    from: null,
    actor: `key:${key}`,
    rules: RULES,
    personal: { number, origin: JSON.stringify({ door: 'overturn', reason }) },
    alone: false,
    decide: (person, _at, read) => {
      not = 'moved-on';
      if (read.contact !== contact._id || read.rev !== contact.rev) return null;
      const decided = overturn(person, { seq, chain, texts, readAt, deactivatedAt });
      if ('person' in decided) return decided;
      not = decided.not;
      return null;
    },
  });
  if (prepared === null) return not === 'moved-on' ? not : refused(not);
  const restored = prepared.change.events.flatMap(({ program, topics }) =>
    program === null ? [] : { program, topics },
  );
  return { kind: 'overturned', restored };
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

const refused = (code: NotOverturned): OverturnOutcome => ({
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
