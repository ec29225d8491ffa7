import { createHash } from 'node:crypto';
import { isAnswered } from '../../domain/consent/repeating.ts';
import { standsForAll } from '../../domain/consent/suppression.ts';
import type { InboundDoc } from '../../store/consent/inbound.ts';
import { findSuppressions } from '../../store/consent/suppressions.ts';
import { findContact, findHolders } from '../../store/people/contacts.ts';
import { personOf } from '../../store/people/holder.ts';
import type { Store } from '../../store/store.ts';
import type { closingOf } from '../scopes.ts';
import type { InboundMessage } from './message.ts';

/** The carrier's name of a text. Source: Twilio Docs, SID. */
const SID = /^[A-Z]{2}[0-9a-fA-F]{32}$/;

/** The name that a form came with: the first that is one of the carrier's; without one, of its bytes. */
export const idOfForm = (named: readonly string[], form: Buffer): string =>
  named.find((one) => SID.test(one)) ?? unnamedId(form);

/** Names a form that came without a MessageSid, by its bytes: the carrier's second try has the same ones. */
const unnamedId = (form: Buffer): string => `unnamed.${createHash('sha256').update(form).digest('hex')}`;

const UNNAMED = /^(unnamed\.[0-9a-f]+)(?:\.(\d+))?$/;

export const isUnnamed = ({ sid }: Pick<InboundMessage, 'sid'>): boolean => UNNAMED.test(sid);

/**
 * The id by which an opt-out, or what may be one, counts once more, where its form came before without a MessageSid: the
 * person has asked for something since, so that it may be a new text of the same words. Null where it is taken for what
 * came before: a second try of the carrier, or a line that was left in a spool.
 */
export async function idOfNext(
  store: Store,
  { sid, receivedAt }: Pick<InboundMessage, 'sid' | 'receivedAt'>,
  before: InboundDoc,
  { scopes, hold }: ReturnType<typeof closingOf>,
): Promise<string | null> {
  const [, form, count = '1'] = UNNAMED.exec(sid) ?? [];
  if (form === undefined || before.contact === null || scopes.length === 0) return null;
  const wrote = receivedAt > before.receivedAt ? await findContact(store, before.contact) : null;
  if (wrote === null) return null;
  // It is of whoever has the number now, who may have asked for something since as another contact.
  const [contact = wrote] = await findHolders(store, [wrote.index]);
  const person = personOf(contact, {}, await findSuppressions(store, [contact.index]));
  const isHeld = hold && person.suppressions.some((row) => row.kind === 'hold' && standsForAll(row));
  const stands = isHeld || scopes.every((scope) => isAnswered(person, scope));
  return stands ? null : `${form}.${Number(count) + 1}`;
}
