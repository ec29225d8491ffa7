import { z } from 'zod';
import { contactById, numberOf } from '../contacts/find-contact.ts';
import { mask } from '../domain/numbers.ts';
import { findContact } from '../store/contacts/contacts.ts';
import {
  markTestRecipient,
  readTestRecipients,
  type TestRecipientDoc,
  unmarkTestRecipient,
} from '../store/templates/templates.ts';
import { Problem } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { contactId, iso, page, paging, plainLine, time, toPage } from './http/shapes.ts';

export const recipientParams = z.strictObject({ id: contactId });
export const recipientsQuery = z.strictObject(paging('test-recipients', /^c_[\w-]{16}$/));
export const recipientBody = z.strictObject({
  name: plainLine(1, 80).meta({
    description: 'Whose phone it is, or what for.',
    examples: ['Marketing desk'],
  }),
});
export const unmarkBody = z.strictObject({});

export const recipientAnswer = z.strictObject({
  contact: contactId,
  name: z.string(),
  masked: z.string().nullable().meta({
    description: 'Its number; null once it was erased, or where the keys of this process cannot open it.',
  }),
  marked_at: time,
});
export const recipientsAnswer = page(recipientAnswer);
export const unmarkAnswer = z.strictObject({ contact: contactId, marked: z.literal(false) });

export async function listRecipients({ context, query }: ApiRequest<{ query: typeof recipientsQuery }>) {
  const found = (await readTestRecipients(context.store)).filter(({ _id }) => _id > (query.cursor ?? ''));
  const { rows, next_cursor } = toPage('test-recipients', found, query.limit, ({ _id }) => _id);
  return { items: await Promise.all(rows.map((row) => shown(context, row))), next_cursor };
}

type Put = ApiRequest<{ params: typeof recipientParams; body: typeof recipientBody }>;

/** Marks a contact as a staff phone. The mark is no consent: the phone's holder joins like anyone else. */
export async function putRecipient({ context, key, params, body }: Put) {
  if ((await contactById(context, params.id)) === null)
    throw new Problem('not-found', 'There is no contact of this id. Let the phone text a keyword first.');
  const { name } = body;
  const mark = { _id: params.id, name, markedBy: key.id, markedAt: context.now() };
  const marked = await markTestRecipient(context.store, mark);
  context.log.info({ key: key.id, contact: marked._id }, 'a test recipient was marked');
  return shown(context, marked);
}

type Unmark = ApiRequest<{ params: typeof recipientParams; body: typeof unmarkBody }>;

export async function unmarkRecipient({ context, key, params }: Unmark) {
  await unmarkTestRecipient(context.store, params.id);
  context.log.info({ key: key.id, contact: params.id }, 'a test recipient was unmarked');
  return { contact: params.id, marked: false as const };
}

async function shown(context: ApiRequest<object>['context'], { _id, name, markedAt }: TestRecipientDoc) {
  const stored = await findContact(context.store, _id);
  const number = stored === null || stored.sealed === null ? null : numberOf(context, stored);
  return { contact: _id, name, masked: number && mask(number), marked_at: iso(markedAt) };
}
