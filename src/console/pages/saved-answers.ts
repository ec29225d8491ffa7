import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { asRefusal, CommandRefused } from '../../consent/command-refused.ts';
import {
  deleteSavedAnswer,
  EXAMPLE_NAME,
  listSavedAnswers,
  previewAnswer,
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

async function showForm(call: PageCall, shown: Shown = FRESH): Promise<void> {
  const { context, request, t } = call;
  const { fault, field, status } = shown;
  const id = String(request.params.id);
  if (!ID.test(id)) return nothingHere(call);
  const saved = await readSavedAnswer(context, id);
  const isFresh = request.method === 'GET';
  const typed = isFresh && saved !== null ? asForm(saved) : shown.typed;
  const heading = saved === null ? t('A new saved answer') : t('Saved answer');
  const previews = previewsOf(call, typed);
  const model = {
    ...{ title: heading, heading },
    ...{ id, fault, field: field ?? null, typed },
    isSaved: saved !== null,
    answer: whatItIs(call, saved),
    languages: LANGUAGES.map((code) => ({
      ...{ code, label: t('Words in {language}', { language: t(LANGUAGE_NAMES[code]) }) },
      ...{ isAtFault: field === code, preview: previews.get(code) ?? null },
    })),
    programs: programsOf(call).map(({ id: program, name }) => ({ id: program, name })),
  };
  await call.show('saved-answer', model, status);
}

/** The words as an example person would get them, with their length, by language. */
function previewsOf(call: PageCall, { en, es, fr, program }: Typed) {
  const { t, context } = call;
  const texts = { en: asTyped(en ?? ''), es: asTyped(es ?? ''), fr: asTyped(fr ?? '') };
  const found = previewAnswer(context, { texts, program: program || null });
  return new Map(
    found.map(({ language, text, parts, offenders }) => {
      const length = t('1 part || {count} parts', { count: parts });
      const why = offenders.slice(0, 3).join(' ');
      const because = offenders.length === 0 ? '' : t(' because of {signs}', { signs: why });
      const label = t('As {name} would get it: {length}', { name: EXAMPLE_NAME, length: length + because });
      return [language, { text, label }];
    }),
  );
}

/** What the page is about in one sentence, and since when it is so. */
function whatItIs(call: PageCall, saved: SavedAnswer | null) {
  const { t } = call;
  if (saved === null)
    return {
      sentence: t('Nothing is saved yet.'),
      cause: t('Once saved, staff can choose it beside every text of the inbox that it fits.'),
    };
  const { program, by, at } = shownAnswer(call, saved);
  const lengths = previewAnswer(call.context, saved).map(({ language, parts }) =>
    t('{length} in {language}', {
      length: t('1 part || {count} parts', { count: parts }),
      language: t(LANGUAGE_NAMES[language]),
    }),
  );
  const values = { program: program ?? '', lengths: lengths.join(', ') };
  return {
    sentence:
      program === null
        ? t('Offered beside every text of the inbox: {lengths}.', values)
        : t('Offered beside texts of the inbox about {program}: {lengths}.', values),
    cause: t('Saved by {name} at {at}.', { name: by, at }),
  };
}

/** Shows what was typed as a person would get it. Saves nothing. */
const preview = definePage({
  method: 'post',
  path: '/saved-answers/:id/preview',
  permission: 'reviews:write',
  handle: (call) => showForm(call, { typed: typedIn(call), fault: null, status: 200 }),
});

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
    const refused = (fault: string, field: string) =>
      showForm(call, { typed: typedIn(call), fault, field, status: 422 });
    if (!ID.test(id)) return nothingHere(call);
    if (data === undefined) return refused(t('Give it a title of one line, at most 80 letters.'), 'title');
    const texts = Object.fromEntries(
      LANGUAGES.flatMap((code) => (data[code] === '' ? [] : [[code, data[code]]])),
    );
    if (Object.keys(texts).length === 0)
      return refused(t('Write its words in one language at least.'), LANGUAGES[0]);
    const program = data.program === '' ? null : data.program;
    const order = { id, title: data.title, texts, program, actor: actorOf(viewer) };
    const saved = await saveAnswer(context, order).catch(asRefusal);
    if (saved instanceof CommandRefused)
      return refused(saved.message, (saved.field ?? 'title').replace('texts.', ''));
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

export const SAVED_ANSWER_PAGES = [list, edit, preview, save, remove];
