import { answerOf, programBody, programOf, revisionOf } from '../../api/programs.ts';
import { type ProgramView, viewProgram, viewPrograms } from '../../consent/programs/program-view.ts';
import {
  checkProgram,
  ProgramRefused,
  publishProgram,
  showProgram,
} from '../../consent/programs/save-program.ts';
import { may, rolesWith } from '../../domain/access/permissions.ts';
import { isWithinLimit, limitRule } from '../../domain/access/program-limits.ts';
import { canonical } from '../../domain/canonical-json.ts';
import { consentAgeOf } from '../../domain/consent/consent-age.ts';
import type { TextFault } from '../../domain/consent/program-changes.ts';
import type { ProgramText } from '../../domain/consent/program-standing.ts';
import { type Language, type Program, type Sender, wordsIn } from '../../domain/program.ts';
import { validationSentence } from '../../domain/validation-sentence.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { LANGUAGE_NAMES, merged, type ProgramRow, rowsOf, versionOf, withTyped } from './program-rows.ts';
import {
  capSentences,
  faultSentence,
  hoursSentences,
  joinWords,
  peopleSentence,
  purposeWords,
  shortStanding,
  signOf,
  standingAnswer,
  textName,
} from './program-words.ts';
import { type Typed, typedIn } from './queue.ts';

const ID = /^[\w-]{1,40}$/;

const nothingHere = ({ show, t }: PageCall): Promise<void> =>
  show('not-found', { title: t('Nothing is here') }, 404);

const idIn = ({ request }: PageCall): string | null => {
  const id = String(request.params.id);
  return ID.test(id) ? id : null;
};

/** Whom somebody asks who may only read. */
const writersOf = ({ t }: PageCall): string =>
  rolesWith('programs:write')
    .map((role) => t(role.replace('-', ' ')))
    .join(', ');

/** Links to the pages that a campaign needs besides its program. Only the admin has them in the menu. */
function doorsOf({ viewer, t }: PageCall) {
  const doors = [
    {
      path: '/prices',
      permission: 'programs:read',
      name: t('Prices'),
      what: t('what one part costs, by the carrier’s contract'),
    },
    {
      path: '/test-phones',
      permission: 'contacts:read',
      name: t('Test phones'),
      what: t('phones of the team that get tests of templates'),
    },
    {
      path: '/settings',
      permission: 'programs:read',
      name: t('Settings'),
      what: t('when a campaign pauses itself, and when a second person approves it'),
    },
  ] as const;
  const isLimited = viewer.programs.length > 0;
  return doors
    .filter(
      ({ path, permission }) => may(viewer.role, permission) && !(isLimited && limitRule(path) === 'closed'),
    )
    .map(({ path, name, what }) => ({ href: `/console${path}`, name, what }));
}

const list = definePage({
  method: 'get',
  path: '/programs',
  permission: 'programs:read',
  handle: async (call) => {
    const { context, show, t } = call;
    const all = await viewPrograms(context);
    const views = all.filter(({ program }) => isWithinLimit(call.viewer.programs, [program.id]));
    const live = views.filter(({ standing }) => standing.kind === 'live').length;
    const running = views.filter(({ standing }) => standing.kind !== 'ended').length;
    await show('programs', {
      title: t('Programs'),
      ...{ live, running },
      programs: views.map(({ program, standing, subscribed }) => ({
        id: program.id,
        name: program.name,
        state: { sign: signOf(standing), word: shortStanding(standing, subscribed, t) },
        keywords: joinWords(program),
        numbers: program.numbers,
        languages: program.languages.map((language) => t(LANGUAGE_NAMES[language])),
      })),
      writers: writersOf(call),
      doors: doorsOf(call),
    });
  },
});

/** A form that was not carried out, or that was only checked: what was typed, and what was found. */
type ShownRow = { row: string; typed: Typed; faults: string[]; isChecked: boolean };

async function showPage(call: PageCall, shown: ShownRow | null = null, status = 200): Promise<void> {
  const id = idIn(call);
  const view = id === null ? null : await viewProgram(call.context, id);
  if (view === null) return nothingHere(call);
  await call.show('program', pageModel(call, view, shown), status);
}

function pageModel(call: PageCall, view: ProgramView, shown: ShownRow | null) {
  const { t, viewer, context } = call;
  const { program, standing, subscribed, senders } = view;
  const faults = standing.kind === 'lacking' ? standing.faults : [];
  const rows = rowsOf(program, senders).map((row) => shownRow(row, shown?.row === row.id ? shown : null));
  return {
    title: program.name,
    program,
    answer: standingAnswer(program, standing, subscribed, t),
    faults: faults.map((fault) => ({ sentence: faultSentence(fault, program, t), source: fault.source })),
    texts: view.texts.map(({ language, texts }) => languageTexts(call, program, { language, texts, faults })),
    rows: Object.fromEntries(rows.map((row) => [row.id, row])),
    topics: program.topics.map((topic) => ({
      ...{ id: topic.id, word: topic.word, code: topic.code, names: namesOf(topic.name, program.languages) },
      frequency: wordsIn(topic.frequency, program.languages[0] ?? 'en'),
      purpose: purposeWords(topic, t),
      isJoined: program.joinTopics.includes(topic.id),
      row: rows.find(({ id }) => id === `topic-${topic.id}`),
    })),
    keywords: keywordsOf(program, t),
    promises: promisesOf(program, t),
    hours: hoursSentences(program, senders, { t, context }),
    caps: capSentences(program, t),
    age: consentAgeOf(program),
    numbers: numbersOf(program, senders),
    wordsHref: `/console/words?${new URLSearchParams({ number: program.numbers[0] ?? '' })}`,
    people: peopleSentence(subscribed, t),
    mayWrite: may(viewer.role, 'programs:write'),
    writers: writersOf(call),
  };
}

function shownRow(row: ProgramRow, shown: ShownRow | null) {
  const fields = shown === null ? row.fields : withTyped(row, shown.typed);
  return {
    ...row,
    fields,
    was: shown?.typed.was ?? versionOf(row),
    isOpen: shown !== null,
    isRemoved: shown?.typed.remove === 'yes',
    faults: shown?.faults ?? [],
    isChecked: shown?.isChecked ?? false,
  };
}

const namesOf = (words: Partial<Record<Language, string>>, languages: readonly Language[]) =>
  languages.map((language) => ({ language, words: words[language] ?? '' }));

const keywordsOf = ({ keywords, languages }: Program, t: PageCall['t']) =>
  languages.map((language) => ({ language: t(LANGUAGE_NAMES[language]), words: keywords[language] ?? [] }));

const promisesOf = ({ languages, description, frequency }: Program, t: PageCall['t']) =>
  languages.map((language) => ({
    ...{ language, name: t(LANGUAGE_NAMES[language]) },
    description: description[language] ?? '',
    frequency: frequency[language] ?? '',
  }));

const numbersOf = ({ numbers }: Program, senders: ProgramView['senders']) =>
  numbers.map((number) => ({
    number,
    isStopped: senders.some((sender) => sender.number === number && sender.isStopped),
  }));

type LanguageTexts = { language: Language; texts: readonly ProgramText[]; faults: readonly TextFault[] };

function languageTexts({ t }: PageCall, program: Program, { language, texts, faults }: LanguageTexts) {
  const shown = (text: ProgramText) => ({
    name: textName(text, t),
    text: text.text,
    parts: t('1 part || {count} parts', { count: text.parts }),
    because: text.offenders.length === 0 ? null : text.offenders.join(' '),
  });
  return {
    ...{ language, name: t(LANGUAGE_NAMES[language]) },
    faults: faults
      .filter((fault) => fault.language === language)
      .map((fault) => ({ sentence: faultSentence(fault, program, t), source: fault.source })),
    plain: texts.filter(({ topic }) => topic === null).map(shown),
    topics: program.topics.map((topic) => ({
      name: wordsIn(topic.name, language),
      texts: texts.filter(({ topic: of }) => of === topic.id).map(shown),
    })),
  };
}

const page = definePage({
  method: 'get',
  path: '/programs/:id',
  permission: 'programs:read',
  handle: (call) => showPage(call),
});

/** What a form asks for, with the program that it changes. */
type RowForm = { program: Program; row: ProgramRow; senders: readonly Sender[]; typed: Typed };

async function rowForm(call: PageCall): Promise<RowForm | null> {
  const id = idIn(call);
  const program = id === null ? null : await showProgram(call.context, id);
  if (program === null) return null;
  const { senders } = call.context.catalog.current().book;
  const row = rowsOf(program, senders).find((known) => known.id === String(call.request.params.row));
  return row === undefined ? null : { program, row, senders, typed: typedIn(call) };
}

/** The program with what was typed into a form, or what about that cannot be saved. */
function readForm({ program, row, typed }: RowForm): { program: Program } | { faults: string[] } {
  const form = merged(program, row, typed);
  const { data, error } = programBody.safeParse(form, { error: validationSentence });
  if (data !== undefined) return { program: programOf(program.id, data) };
  return {
    faults: error.issues.map(({ path, message }) => faultAt({ field: path.join('.'), message }, row)),
  };
}

/** A fault with the label of its field before it. */
function faultAt({ field, message }: { field: string; message: string }, { fields }: ProgramRow): string {
  const at = fields.find(({ name }) => field === name || field.startsWith(`${name}.`));
  return at === undefined ? message : `${at.label}: ${message}`;
}

const save = definePage({
  method: 'post',
  path: '/programs/:id/rows/:row',
  permission: 'programs:write',
  handle: (call) => saveRow(call, TRIES),
});

/** Another part of the program may be saved between reading and saving: then this part is put on top of that. */
const TRIES = 3;

async function saveRow(call: PageCall, tries: number): Promise<void> {
  const { context, viewer, go, t } = call;
  const form = await rowForm(call);
  if (form === null) return nothingHere(call);
  const { program: stored, row, typed } = form;
  const refused = (faults: string[]) => showPage(call, { row: row.id, typed, faults, isChecked: false }, 422);
  const read = readForm(form);
  if ('faults' in read) return refused(read.faults);
  const { program } = read;
  const done = { kind: 'good', text: t('Saved. It is in force.') } as const;
  const address = `/console/programs/${program.id}#${row.id}`;
  if (revisionOf(answerOf(program)) === revisionOf(answerOf(stored))) return go(address, done);
  if (typed.was !== versionOf(row)) return showConflict(call, form);
  const isExpected = (now: Program | null): boolean => canonical(now) === canonical(stored);
  const order = { actor: actorOf(viewer), program, isExpected };
  const saved = await publishProgram(context, order).catch((error: unknown) => {
    if (error instanceof ProgramRefused) return error;
    throw error;
  });
  if (saved instanceof ProgramRefused) return refused(saved.faults.map((fault) => faultAt(fault, row)));
  if (saved.kind === 'published') return go(address, done);
  if (saved.kind === 'changed' && tries > 1) return saveRow(call, tries - 1);
  refused([
    saved.kind === 'no-sender'
      ? t('One of these numbers is not ours any more.')
      : t('Somebody else saved at the same moment. Save it again.'),
  ]);
}

/** Both versions of a part that somebody else saved meanwhile, with the choice between them. */
async function showConflict(call: PageCall, { program, row, typed }: RowForm): Promise<void> {
  const { show, t } = call;
  const words = (value: string): string => (value === '' ? t('nothing') : value);
  const fields = withTyped(row, typed).map(({ name, label, value, language }, at) => ({
    ...{ name, label, value, language },
    mine: words(value),
    theirs: words(row.fields[at]?.value ?? ''),
    isSame: value === row.fields[at]?.value,
  }));
  const title = t('Two people changed {program}', { program: program.name });
  const model = { title, program, row, fields, was: versionOf(row), isRemoved: typed.remove === 'yes' };
  await show('program-conflict', model, 409);
}

/** Says what would keep a form from being saved, while it is typed. */
const check = definePage({
  method: 'post',
  path: '/programs/:id/rows/:row/check',
  permission: 'programs:write',
  handle: async (call) => {
    const { context, request, part } = call;
    const form = await rowForm(call);
    if (form === null) return nothingHere(call);
    const { row, typed } = form;
    const read = readForm(form);
    const faults =
      'faults' in read
        ? read.faults
        : (await checkProgram(context, read.program)).map((fault) => faultAt(fault, row));
    if (request.get('HX-Request-Type') === 'partial') return part('parts/program-check', { faults });
    await showPage(call, { row: row.id, typed, faults, isChecked: true });
  },
});

/** The page that ends a program, or opens an ended one again, after its name was typed. */
async function showEnd(call: PageCall, typed = '', fault: string | null = null): Promise<void> {
  const { context, show, t } = call;
  const id = idIn(call);
  const view = id === null ? null : await viewProgram(context, id);
  if (view === null) return nothingHere(call);
  const { program, subscribed } = view;
  const isEnded = program.status === 'ended';
  const title = isEnded
    ? t('Open {program} again', { program: program.name })
    : t('End {program}', { program: program.name });
  const people = peopleSentence(subscribed, t);
  const act =
    isEnded || !subscribed
      ? title
      : t('{title} for 1 person || {title} for {count} people', { title, count: subscribed });
  const model = { title, act, program, isEnded, people, typed, fault, keywords: joinWords(program) };
  await show('program-end', model, fault === null ? 200 : 422);
}

const askEnd = definePage({
  method: 'get',
  path: '/programs/:id/end',
  permission: 'programs:write',
  handle: (call) => showEnd(call),
});

const end = definePage({
  method: 'post',
  path: '/programs/:id/end',
  permission: 'programs:write',
  handle: async (call) => {
    const { context, viewer, go, t } = call;
    const id = idIn(call);
    const stored = id === null ? null : await showProgram(context, id);
    if (stored === null) return nothingHere(call);
    const { name = '', status: asked } = typedIn(call);
    const status = asked === 'active' ? 'active' : 'ended';
    const address = `/console/programs/${stored.id}`;
    const text = status === 'ended' ? t('Ended. Nothing of it leaves any more.') : t('Open again.');
    if (stored.status === status) return go(address, { kind: 'good', text });
    if (name.trim().toLowerCase() !== stored.name.toLowerCase())
      return showEnd(call, name, t('Type the name of the program as it stands above.'));
    const { formerTopics: _, ...program } = { ...stored, status } as const;
    const isExpected = (now: Program | null): boolean => canonical(now) === canonical(stored);
    const order = { actor: actorOf(viewer), program, isExpected };
    const saved = await publishProgram(context, order).catch((error: unknown) => {
      if (error instanceof ProgramRefused) return error;
      throw error;
    });
    if (saved instanceof ProgramRefused)
      return showEnd(call, name, saved.faults.map(({ message }) => message).join(' '));
    if (saved.kind !== 'published')
      return showEnd(call, name, t('Somebody else saved at the same moment. Look again.'));
    go(address, { kind: 'good', text });
  },
});

export const PROGRAM_PAGES = [list, page, save, check, askEnd, end];
