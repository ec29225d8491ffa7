import { z } from 'zod';
import {
  listTestRecipients,
  markAsTestRecipient,
  unmarkAsTestRecipient,
} from '../templates/test-recipients.ts';
import { Problem } from './http/problems.ts';
import { type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { contactId, iso, page, paging, plainLine, plainPage, shape, time } from './http/shapes.ts';
import { emptyBody } from './segments.ts';

const recipientParams = z.strictObject({ id: contactId });

const recipientAnswer = shape('TestRecipient', {
  contact: contactId,
  name: z.string(),
  masked: z.string().nullable().meta({
    description:
      'The number of the contact. Null when the contact was erased, and when the keys of this process cannot open it.',
  }),
  marked_at: time,
});

type Recipient = Awaited<ReturnType<typeof listTestRecipients>>['items'][number];

const shown = ({ markedAt, ...recipient }: Recipient) => ({ ...recipient, marked_at: iso(markedAt) });

/** Phones of staff, to which tests of templates may be sent. */
export const TEST_RECIPIENT_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/test-recipients',
    scope: 'programs:read',
    id: 'listTestRecipients',
    returns: 'One page of phones.',
    summary: 'List the phones of staff to which tests may be sent.',
    query: z.strictObject(paging('test-recipients', /^c_[\w-]{16}$/)),
    answer: page(recipientAnswer),
    handle: async ({ context, query: { cursor: after = null, limit } }) =>
      plainPage('test-recipients', await listTestRecipients(context, { after, limit }), shown),
  }),
  defineRoute({
    method: 'put',
    path: '/test-recipients/{id}',
    scope: 'programs:write',
    id: 'markTestRecipient',
    returns: 'The phone as it is marked.',
    summary: 'Mark a contact as a phone of staff. The mark is no consent.',
    params: recipientParams,
    body: shape('MarkTestRecipientRequest', {
      name: plainLine(1, 80).meta({
        description: 'Whose phone it is, or what it is for.',
        examples: ['Marketing desk'],
      }),
    }),
    answer: recipientAnswer,
    problems: ['not-found'],
    handle: async ({ context, key, params, body }) => {
      const mark = { contact: params.id, name: body.name, actor: actorOf(key) };
      const marked = await markAsTestRecipient(context, mark);
      if (marked === null) throw new Problem('not-found', NO_CONTACT);
      return shown(marked);
    },
  }),
  defineRoute({
    method: 'post',
    path: '/test-recipients/{id}/unmark',
    scope: 'programs:write',
    id: 'unmarkTestRecipient',
    returns: 'The contact, which is no phone of staff any more.',
    summary: 'Send no more tests to a phone.',
    params: recipientParams,
    body: emptyBody,
    answer: shape('UnmarkedTestRecipient', { contact: contactId, marked: z.literal(false) }),
    handle: async ({ context, key, params }) => {
      await unmarkAsTestRecipient(context, params.id, actorOf(key));
      return { contact: params.id, marked: false as const };
    },
  }),
];

const NO_CONTACT = 'There is no contact of this id. Let the phone text a keyword first.';
