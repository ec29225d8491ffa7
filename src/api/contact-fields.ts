import { z } from 'zod';
import { defineContactField, listContactFields } from '../contacts/contact-fields.ts';
import { FIELD_TYPES, IDENTIFIES } from '../domain/contacts/profile.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { page, paging, plainLine, plainPage, shape } from './http/shapes.ts';

/** The form in which templates and segments write a field's name. */
const SHAPE = /^[a-z][a-z0-9_]{0,39}$/;

/** The name becomes a key of plain objects, so it must not be a name that every object has. */
export const fieldName = z
  .string()
  .regex(SHAPE, 'It must be 1 to 40 of a-z, 0-9 and "_", a letter first.')
  .refine((text) => !(text in {}), 'It cannot be used as a name. It must be another word.')
  .meta({
    description: 'The name of the field, as templates and segments write it.',
    examples: ['loyalty_tier'],
  });

const type = z.enum(FIELD_TYPES).meta({ id: 'ContactFieldType' });
const identifies = z
  .enum(IDENTIFIES)
  .nullable()
  .meta({
    description:
      'What a text value of the field tells about who somebody is, so that duplicates are found by it: a `mailbox`, another `phone` of the person, or something that only one `person` has. Values that identify a mailbox or a phone are sealed: no segment uses them and no template shows them.',
    examples: ['mailbox'],
  });

const contactField = shape('ContactField', {
  name: z.string(),
  type,
  label: z.string().meta({ description: 'What people call the field.' }),
  identifies,
});

const STAYS =
  'People have values of this field, so its type and its sealing stay as they are; a field that identifies a mailbox or a phone is sealed. Define another field.';

/** Own fields of contacts. */
export const CONTACT_FIELD_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/contact-fields',
    id: 'listContactFields',
    returns: 'One page of the own fields of contacts, by name.',
    scope: 'contacts:read',
    summary: 'List the own fields of contacts.',
    query: z.strictObject(paging('contact-fields', SHAPE)),
    answer: page(contactField),
    handle: async ({ context, query: { cursor: after = null, limit } }) =>
      plainPage('contact-fields', await listContactFields(context, { after, limit }), (field) => field),
  }),
  defineRoute({
    method: 'put',
    path: '/contact-fields/{name}',
    id: 'defineContactField',
    returns: 'The field as it is defined now.',
    scope: 'contacts:write',
    summary: 'Define an own field of contacts, or give it another label.',
    params: z.strictObject({ name: fieldName }),
    body: shape('DefineContactFieldRequest', {
      type: type.meta({ description: 'What values of the field are.' }),
      label: plainLine(1, 80).meta({
        description: 'What people call the field.',
        examples: ['Loyalty tier'],
      }),
      identifies: identifies.optional(),
    }),
    answer: contactField,
    problems: ['not-possible'],
    handle: async ({ context, key, params, body }) => {
      const outcome = await defineContactField(context, { ...params, ...body }, actorOf(key));
      if (outcome.kind === 'fault') throw unusable(outcome.field, outcome.message);
      if (outcome.kind === 'in-use') throw new Problem('not-possible', STAYS);
      return outcome.definition;
    },
  }),
];
