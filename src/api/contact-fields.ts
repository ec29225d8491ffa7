import { z } from 'zod';
import { FIELD_TYPES, IDENTIFIES } from '../domain/contacts/profile.ts';
import { readContactFields, writeContactField } from '../store/contacts/profiles.ts';
import { Problem, unusable } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { page, paging, plainLine, toPage } from './http/shapes.ts';

/** The form in which templates and segments write a field's name. */
const SHAPE = /^[a-z][a-z0-9_]{0,39}$/;
const MOST = 200;

/** The name becomes a key of plain objects, so it must not be a name that every object has. */
export const fieldName = z
  .string()
  .regex(SHAPE, 'It must be 1 to 40 of a-z, 0-9 and "_", a letter first.')
  .refine((text) => !(text in {}), 'It cannot be used as a name.');

const type = z.enum(FIELD_TYPES);
const identifies = z
  .enum(IDENTIFIES)
  .nullable()
  .meta({
    description:
      'What a value of it, a text, tells of who somebody is, so that duplicates are found by it: their `mailbox`, another `phone` of theirs, or something that one `person` alone has. Values of the first two are sealed: no segment asks them and no template shows them.',
    examples: ['mailbox'],
  });

export const contactFieldParams = z.strictObject({ name: fieldName });
export const contactFieldsQuery = z.strictObject(paging('contact-fields', SHAPE));
export const contactFieldBody = z.strictObject({
  type,
  label: plainLine(1, 80).meta({ description: 'How people call it.', examples: ['Loyalty tier'] }),
  identifies: identifies.optional(),
});
export const contactFieldAnswer = z.strictObject({ name: z.string(), type, label: z.string(), identifies });
export const contactFieldsAnswer = page(contactFieldAnswer);

export async function listContactFields({
  context,
  query,
}: ApiRequest<{ query: typeof contactFieldsQuery }>) {
  const after = query.cursor ?? '';
  const later = (await readContactFields(context.store)).filter(({ name }) => name > after);
  const { rows, next_cursor } = toPage('contact-fields', later, query.limit, ({ name }) => name);
  return { items: rows.map(({ used: _, ...definition }) => definition), next_cursor };
}

type Put = ApiRequest<{ params: typeof contactFieldParams; body: typeof contactFieldBody }>;

/**
 * Defines an own field, or changes its label. Once a person has a value of it, its type and its sealing stay as
 * they are.
 */
export async function putContactField({ context, key, params, body }: Put) {
  const all = await readContactFields(context.store);
  const before = all.find(({ name }) => name === params.name);
  const kept = body.type === 'text' ? (before?.identifies ?? null) : null;
  const { type: wanted, label, identifies: said = kept } = body;
  const definition = { name: params.name, type: wanted, label, identifies: said };
  if (definition.identifies !== null && body.type !== 'text')
    throw unusable('identifies', 'Only a text tells who somebody is.');
  if (before === undefined && all.length >= MOST)
    throw unusable('name', `There are ${MOST} fields already, the most there can be.`);
  if (!(await writeContactField(context.store, definition))) {
    throw new Problem('not-possible', STAYS);
  }
  context.log.info({ key: key.id, field: params.name }, 'an own field was defined');
  return definition;
}

const STAYS =
  'People have values of this field, so its type stays as it is, and so does whether it is sealed, as one that identifies a mailbox or a phone is. Define another field.';
