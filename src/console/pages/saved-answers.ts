import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { asRefusal, CommandRefused } from '../../consent/command-refused.ts';
import {
  deleteSavedAnswer,
  listSavedAnswers,
  readSavedAnswer,
  type SavedAnswer,
  saveAnswer,
} from '../../contacts/saved-answers.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { LANGUAGES, type Language } from '../../domain/program.ts';
import { actorName } from '../actor-name.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { asTyped, FRESH, type Shown, type Typed, typedIn } from './queue.ts';

const ID = /^[a-z0-9][a-z0-9-]{0,39}$/;
const MOST_LISTED = 200;

const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  es: 'Spanish',
  fr: 'French',
};

const nothingHere = ({ show, t }: PageCall): Promise<void> =>
  show('not-found', { title: t('Nothing is here') }, 404);

const programsOf = ({ context }: PageCall) => context.catalog.current().book.programs;

function shownAnswer(call: PageCall, answer: SavedAnswer) {
  const { viewer } = call;
  const { id, title, texts, program, savedAt, savedBy } = answer;
  return {
    id,
    title,
    texts: LANGUAGES.flatMap((language) => {
      const text = texts[language];
      return text === undefined ? [] : [{ language, text }];
    }),
    program:
      program === null ? null : (programsOf(call).find((each) => each.id === program)?.name ?? program),
    at: showTime(savedAt, viewer.zone, viewer.language),
    by: actorName(savedBy, call),
  };
}

const list = definePage({
  method: 'get',
  path: '/saved-answers',
  permission: 'reviews:read',
  handle: async (call) => {
    const { items } = await listSavedAnswers(call.context, { after: null, limit: MOST_LISTED });
    const answers = items.map((answer) => shownAnswer(call, answer));
    await call.show('saved-answers', {
      title: call.t('Saved answers'),
      answers: answers.sort((a, b) => a.title.localeCompare(b.title)),
      mayWrite: may(call.viewer.role, 'reviews:write'),
      // The id of the next new answer: a form that is sent twice then saves one answer.
      fresh: randomBytes(6).toString('hex'),
    });
  },
});

const asForm = ({ title, texts, program }: SavedAnswer): Typed => ({
  title,
  ...texts,
  program: program ?? '',
});

async function showForm(call: PageCall, { typed, fault, status }: Shown = FRESH): Promise<void> {
  const { t } = call;
  const id = String(call.request.params.id);
  if (!ID.test(id)) return nothingHere(call);
  const saved = await readSavedAnswer(call.context, id);
  const model = {
    title: saved === null ? t('A new saved answer') : t('Saved answer'),
    isSaved: saved !== null,
    ...{ id, fault },
    typed: fault === null && saved !== null ? asForm(saved) : typed,
    languages: LANGUAGES.map((code) => ({ code, name: t(LANGUAGE_NAMES[code]) })),
    programs: programsOf(call).map(({ id: program, name }) => ({ id: program, name })),
  };
  await call.show('saved-answer', model, status);
}

const edit = definePage({
  method: 'get',
  path: '/saved-answers/:id',
  permission: 'reviews:write',
  handle: (call) => showForm(call),
});

const words = z.string().max(2000).transform(asTyped).prefault('');
const form = z.object({
  title: z
    .string()
    .trim()
    .min(1)
    .max(80)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u),
  ...{ en: words, es: words, fr: words },
  program: z.string().max(100).prefault(''),
});

const save = definePage({
  method: 'post',
  path: '/saved-answers/:id',
  permission: 'reviews:write',
  handle: async (call) => {
    const { context, request, viewer, t, go } = call;
    const id = String(request.params.id);
    const { data } = form.safeParse(request.body);
    const refused = (fault: string) => showForm(call, { typed: typedIn(call), fault, status: 422 });
    if (!ID.test(id)) return nothingHere(call);
    if (data === undefined) return refused(t('Give it a title of one line, at most 80 letters.'));
    const texts = Object.fromEntries(
      LANGUAGES.flatMap((code) => (data[code] === '' ? [] : [[code, data[code]]])),
    );
    if (Object.keys(texts).length === 0) return refused(t('Write its words in one language at least.'));
    const program = data.program === '' ? null : data.program;
    const order = { id, title: data.title, texts, program, actor: actorOf(viewer) };
    const saved = await saveAnswer(context, order).catch(asRefusal);
    if (saved instanceof CommandRefused) return refused(saved.message);
    go('/console/saved-answers', {
      kind: 'good',
      text: t('Saved. It is offered beside every text that it fits.'),
    });
  },
});

const remove = definePage({
  method: 'post',
  path: '/saved-answers/:id/delete',
  permission: 'reviews:write',
  handle: async (call) => {
    const { context, request, viewer, t, go } = call;
    const id = String(request.params.id);
    if (!ID.test(id)) return nothingHere(call);
    // Deleted already is deleted too: the second press of the button says the same.
    await deleteSavedAnswer(context, { id, actor: actorOf(viewer) });
    go('/console/saved-answers', {
      kind: 'good',
      text: t('Deleted. Answers that were sent stay as they were.'),
    });
  },
});

export const SAVED_ANSWER_PAGES = [list, edit, save, remove];
