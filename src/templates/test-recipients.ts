import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit } from '../consent/audit/audit.ts';
import { maskedNumber } from '../consent/contact-refs.ts';
import { contactById } from '../contacts/find-contact.ts';
import { type Actor, storedActor } from '../domain/access/actor.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { findContacts } from '../store/contacts/contacts.ts';
import {
  markTestRecipient,
  readTestRecipients,
  type TestRecipientDoc,
  unmarkTestRecipient,
} from '../store/templates/templates.ts';

/** A contact whose phone belongs to staff. Tests of templates may be sent to it. */
type TestRecipient = {
  contact: string;
  name: string;
  /** Null when the contact was erased or the keys of this process cannot open it. */
  masked: string | null;
  markedAt: Date;
};

/** Test recipients in the order of their contact ids. */
export async function listTestRecipients(
  context: Pick<AppContext, 'ring' | 'store'>,
  { after, limit }: PageRequest,
): Promise<Page<TestRecipient>> {
  const later = (await readTestRecipients(context.store)).filter(({ _id }) => _id > (after ?? ''));
  const { items, next } = cutPage(later, limit, ({ _id }) => _id);
  return { items: await withNumbers(context, items), next };
}

/**
 * Marks a contact as a staff phone, or renames one. The mark is no consent: the holder of the phone joins like
 * anyone else. Null when there is no such contact.
 */
export async function markAsTestRecipient(
  context: AppContext,
  { contact, name, actor }: { contact: string; name: string; actor: Actor },
): Promise<TestRecipient | null> {
  if ((await contactById(context, contact)) === null) return null;
  const mark = { _id: contact, name, markedBy: storedActor(actor), markedAt: context.now() };
  const marked = await markTestRecipient(context.store, mark);
  await recordAudit(context, { actor, act: 'test-recipient-marked', subject: personSubject(contact) });
  return (await withNumbers(context, [marked]))[0] ?? null;
}

/** Takes the mark off a contact. Does nothing when the contact has none. */
export async function unmarkAsTestRecipient(
  context: Pick<AppContext, 'audit' | 'log' | 'store'>,
  contact: string,
  actor: Actor,
): Promise<void> {
  await unmarkTestRecipient(context.store, contact);
  await recordAudit(context, { actor, act: 'test-recipient-unmarked', subject: personSubject(contact) });
}

async function withNumbers(
  context: Pick<AppContext, 'ring' | 'store'>,
  marks: readonly TestRecipientDoc[],
): Promise<TestRecipient[]> {
  const stored = await findContacts(
    context.store,
    marks.map(({ _id }) => _id),
  );
  const numbers = new Map(stored.map((contact) => [contact._id, maskedNumber(context, contact)]));
  return marks.map(({ _id, name, markedAt }) => ({
    contact: _id,
    name,
    masked: numbers.get(_id) ?? null,
    markedAt,
  }));
}
