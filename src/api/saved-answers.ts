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
import { iso, page, paging, plainLine, plainPage, shape, slug, time, wordsToSend } from './http/shapes.ts';
import { deletedAnswer, emptyBody } from './segments.ts';

const ID = /^[a-z0-9][a-z0-9-]{0,39}$/;
const params = z.strictObject({
  id: z
    .string()
    .regex(ID, 'It must be small letters, digits and hyphens, at most 40.')
    .refine((text) => !isEveryObjects(text), 'It cannot be used as an id. It must be another word.')
    .meta({ description: 'Chosen by whoever saves the answer first.' }),
});

const texts = z
  .strictObject({
    en: wordsToSend.meta({ description: 'The words in English.' }),
    es: wordsToSend.meta({ description: 'The words in Spanish.' }),
    fr: wordsToSend.meta({ description: 'The words in French.' }),
  })
  .partial()
  .refine((by) => Object.values(by).some((text) => text !== undefined), 'It must have one language at least.')
  .meta({ id: 'SavedAnswerTexts' });

/** The texts of a template or of a saved answer, as answers show them. */
export const textsByLanguage = shape('TextsByLanguage', {
  en: z.string().optional(),
  es: z.string().optional(),
  fr: z.string().optional(),
});

const answer = shape('SavedAnswer', {
  id: z.string(),
  title: z.string(),
  texts: textsByLanguage,
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
    id: 'listSavedAnswers',
    returns: 'One page of saved answers, in the order of their ids.',
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
    id: 'getSavedAnswer',
    returns: 'The saved answer.',
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
    id: 'updateSavedAnswer',
    returns: 'The answer as it was saved.',
    scope: 'reviews:write',
    summary: 'Save an answer, in the place of the one with the same id.',
    params,
    body: shape('UpdateSavedAnswerRequest', {
      title: plainLine(1, 80).meta({
        description: 'Title of the answer, as staff read it.',
        examples: ['Opening hours'],
      }),
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
    id: 'deleteSavedAnswer',
    returns: 'The id of the deleted answer.',
    scope: 'reviews:write',
    summary: 'Delete a saved answer.',
    params,
    body: emptyBody,
    answer: deletedAnswer,
    problems: ['not-found'],
    handle: async ({ context, key, params: { id } }) => {
      const actor = actorOf(key);
      if (!(await deleteSavedAnswer(context, { id, actor }))) throw noSuchAnswer();
      return { id, deleted: true as const };
    },
  }),
];
