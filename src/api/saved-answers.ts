import { z } from 'zod';
import {
  deleteSavedAnswer,
  listSavedAnswers,
  readSavedAnswer,
  type SavedAnswer,
  saveAnswer,
} from '../contacts/saved-answers.ts';
import { isEveryObjects } from '../domain/contacts/profile.ts';
import { Problem, throwRefusal } from './http/problems.ts';
import { type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { iso, page, paging, plainLine, plainPage, slug, time, wordsToSend } from './http/shapes.ts';

const ID = /^[a-z0-9][a-z0-9-]{0,39}$/;
const params = z.strictObject({
  id: z
    .string()
    .regex(ID, 'It must be small letters, digits and hyphens, at most 40.')
    .refine((text) => !isEveryObjects(text), 'It cannot be used as an id. It must be another word.')
    .meta({ description: 'Chosen by whoever saves the answer first.' }),
});

const texts = z
  .strictObject({ en: wordsToSend, es: wordsToSend, fr: wordsToSend })
  .partial()
  .refine(
    (by) => Object.values(by).some((text) => text !== undefined),
    'It must have one language at least.',
  );

const answer = z.strictObject({
  id: z.string(),
  title: z.string(),
  texts: z.strictObject({ en: z.string(), es: z.string(), fr: z.string() }).partial(),
  program: z.string().nullable(),
  saved_at: time,
  saved_by: z.string(),
});

const shown = ({ savedAt, savedBy, ...rest }: SavedAnswer) => ({
  ...rest,
  saved_at: iso(savedAt),
  saved_by: savedBy,
});

const noSuchAnswer = (): Problem =>
  new Problem('not-found', 'There is no saved answer of this id. GET /saved-answers lists them.');

/** Answers that staff sends often. */
export const SAVED_ANSWER_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/saved-answers',
    scope: 'reviews:read',
    summary: 'List the answers that staff has saved, in the order of their ids.',
    query: z.strictObject(paging('saved-answers', ID)),
    answer: page(answer),
    handle: async ({ context, query: { cursor: after = null, limit } }) =>
      plainPage('saved-answers', await listSavedAnswers(context, { after, limit }), shown),
  }),
  defineRoute({
    method: 'get',
    path: '/saved-answers/{id}',
    scope: 'reviews:read',
    summary: 'Show a saved answer.',
    params,
    answer,
    problems: ['not-found'],
    handle: async ({ context, params: { id } }) => {
      const found = await readSavedAnswer(context, id);
      if (found === null) throw noSuchAnswer();
      return shown(found);
    },
  }),
  defineRoute({
    method: 'put',
    path: '/saved-answers/{id}',
    scope: 'reviews:write',
    summary: 'Save an answer, in the place of the one with the same id.',
    params,
    body: z.strictObject({
      title: plainLine(1, 80).meta({ examples: ['Opening hours'] }),
      texts: texts.meta({ description: 'The words in each language, at least in one.' }),
      program: slug.nullable().prefault(null).meta({
        description: 'The program that the answer is for. Null: it fits every program.',
      }),
    }),
    answer,
    handle: async ({ context, key, params: { id }, body: { title, texts: words, program } }) => {
      const order = { id, title, texts: words, program, actor: actorOf(key) };
      return shown(await saveAnswer(context, order).catch(throwRefusal));
    },
  }),
  defineRoute({
    method: 'post',
    path: '/saved-answers/{id}/delete',
    scope: 'reviews:write',
    summary: 'Delete a saved answer.',
    params,
    body: z.strictObject({}),
    answer: z.strictObject({ id: z.string(), deleted: z.literal(true) }),
    problems: ['not-found'],
    handle: async ({ context, key, params: { id } }) => {
      const actor = actorOf(key);
      if (!(await deleteSavedAnswer(context, { id, actor }))) throw noSuchAnswer();
      return { id, deleted: true as const };
    },
  }),
];
