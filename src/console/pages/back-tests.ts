import { z } from 'zod';
import { beginRun } from '../../consent/programs/back-test.ts';
import {
  type BackTestReport,
  cancelBackTest,
  listBackTests,
  readSampleTexts,
  showBackTest,
} from '../../consent/programs/back-test-report.ts';
import { may, rolesWith } from '../../domain/access/permissions.ts';
import { showDay, showTime } from '../../domain/console-time.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { EFFECTS, PROPOSAL_LISTS, type ProposedChange } from '../../domain/words/proposed-change.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { readerOf } from './person.ts';
import { type Typed, typedIn } from './queue.ts';
import { languageChoices } from './words.ts';

const ID = /^b_[0-9a-z]{9}[0-9a-f]{12}$/;
const MOST_LISTED = 50;
const MOST_DAYS = 400;
const USUAL_DAYS = '30';

const LIST_WORDS: Readonly<Record<(typeof PROPOSAL_LISTS)[number], string>> = {
  'opt-out': 'Opt-out words',
  'opt-out-phrase': 'Phrases that surely mean an opt-out',
  'hold-phrase': 'Phrases that perhaps mean an opt-out',
  'harmless-phrase': 'Phrases that look like an opt-out and are none',
  join: 'Keywords of a program',
  help: 'Words for help',
  start: 'Words to get texts again',
  yes: 'Words for yes',
  no: 'Words for no',
  menu: 'Words for the menu',
  why: 'Words that ask why',
  preferences: 'Words for the settings',
  resume: 'Words that end a pause',
};

const EFFECT_WORDS: Readonly<Record<(typeof EFFECTS)[number], string>> = {
  'opt-out': 'opt out of everything',
  'wrong-number': 'opt out, wrong number',
  'opt-out-of-some': 'opt out of a part',
  hold: 'wait for a decision',
  nothing: 'nothing',
  join: 'ask to join',
  start: 'start again',
  yes: 'say yes',
  no: 'say no',
  help: 'get help',
  menu: 'get the menu',
  why: 'ask why',
  preferences: 'get the settings',
  pause: 'pause',
  resume: 'end a pause',
  'topics-on': 'choose topics',
  'birth-date': 'state a birth date',
};

const STATES: Readonly<Record<BackTestReport['state'], { sign: string; word: string }>> = {
  running: { sign: 'wait', word: 'Running' },
  done: { sign: 'good', word: 'Done' },
  canceled: { sign: 'off', word: 'Stopped' },
  failed: { sign: 'stop', word: 'Failed' },
};

const FIGURES = new Intl.NumberFormat('en-US');

const nothingHere = ({ show, t }: PageCall): Promise<void> =>
  show('not-found', { title: t('Nothing is here') }, 404);

type Summary = Omit<BackTestReport, 'groups'>;

/** "Opt-out words: add adios; take out stop". */
const changeWords = ({ list, program, add, take }: ProposedChange, t: PageCall['t']): string =>
  [
    `${t(LIST_WORDS[list])}${program === null ? '' : ` (${program})`}:`,
    add.length === 0 ? '' : t('with {words}', { words: add.join(', ') }),
    take.length === 0 ? '' : t('without {words}', { words: take.join(', ') }),
  ]
    .filter((part) => part !== '')
    .join(' ');

/** What a run found, as a sentence. */
function findingOf({ state, changed, lostOptOuts, lostHolds, newOptOuts, read }: Summary, t: PageCall['t']) {
  const texts = FIGURES.format(read);
  if (state === 'failed') return t('It stopped: other rules came into force while it ran. Run it again.');
  if (lostOptOuts > 0)
    return t('1 opt-out would be missed. || {count} opt-outs would be missed.', { count: lostOptOuts });
  if (lostHolds > 0)
    return t('1 doubtful text would be overlooked. || {count} doubtful texts would be overlooked.', {
      count: lostHolds,
    });
  if (newOptOuts > 0)
    return t('1 text would newly opt out. || {count} texts would newly opt out.', { count: newOptOuts });
  if (changed > 0)
    return t('1 text would be read differently. || {count} texts would be read differently.', {
      count: changed,
    });
  if (state === 'running') return t('Nothing is read differently so far, in {texts} texts.', { texts });
  return t('Nothing would be read differently, in {texts} texts.', { texts });
}

const signOf = ({ state, changed, lostOptOuts, lostHolds }: Summary): string => {
  if (state === 'failed' || lostOptOuts > 0) return 'stop';
  if (state === 'running' || lostHolds > 0) return 'wait';
  return changed > 0 ? 'wait' : 'good';
};

function shownSummary({ viewer, t }: PageCall, run: Summary) {
  const { zone, language } = viewer;
  return {
    id: run.id,
    state: { sign: STATES[run.state].sign, word: t(STATES[run.state].word) },
    changes: run.changes.map((change) => changeWords(change, t)),
    begun: showTime(run.until, zone, language),
    since: showDay(run.since, zone, language),
    finding: findingOf(run, t),
    sign: signOf(run),
    read: FIGURES.format(run.read),
    texts: run.texts === null ? null : FIGURES.format(run.texts),
    isRunning: run.state === 'running',
  };
}

async function showList(call: PageCall, typed: Typed = {}, faults: string[] = []): Promise<void> {
  const { context, viewer, show, t } = call;
  const { items } = await listBackTests(context, { after: null, limit: MOST_LISTED });
  const model = {
    title: t('Back-tests'),
    runs: items.map((run) => shownSummary(call, run)),
    ...{ typed: { days: USUAL_DAYS, ...typed }, faults },
    lists: PROPOSAL_LISTS.map((list) => ({ value: list, label: t(LIST_WORDS[list]) })),
    programs: context.catalog.current().book.programs.map(({ id, name }) => ({ id, name })),
    languages: languageChoices(t),
    mayRun: may(viewer.role, 'reviews:write'),
    writers: rolesWith('reviews:write')
      .map((role) => t(role.replace('-', ' ')))
      .join(', '),
  };
  await show('back-tests', model, faults.length > 0 ? 422 : 200);
}

const list = definePage({
  method: 'get',
  path: '/words/back-tests',
  permission: 'reviews:read',
  handle: (call) => showList(call),
});

/** Words of one change: phrases may have spaces, so commas and lines part them. */
const wordsIn = (text: string): string[] =>
  text
    .split(/[,;\n]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');

const words = z
  .string()
  .max(4000)
  .transform(wordsIn)
  .pipe(z.array(z.string().max(80)).max(50))
  .prefault('');
const form = z.object({
  list: z.enum(PROPOSAL_LISTS),
  program: z.string().max(40).prefault(''),
  language: z.enum(['', 'en', 'es', 'fr']).prefault(''),
  add: words,
  take: words,
  days: z.coerce.number().int().min(1).max(MOST_DAYS),
});

const begin = definePage({
  method: 'post',
  path: '/words/back-tests',
  permission: 'reviews:write',
  handle: async (call) => {
    const { context, viewer, go, t } = call;
    const typed = typedIn(call);
    const { data } = form.safeParse(typed);
    if (data === undefined) {
      const most = { most: MOST_DAYS };
      return showList(call, typed, [
        t('Choose a list, words of at most 80 letters, and 1 to {most} days.', most),
      ]);
    }
    const { list: of, program, language, add, take, days } = data;
    const change: ProposedChange = {
      ...{ list: of, add, take },
      program: of === 'join' && program !== '' ? program : null,
      language: language === '' ? null : language,
    };
    const begun = await beginRun(context, { changes: [change], days, actor: actorOf(viewer) });
    if (begun.kind === 'faults')
      return showList(
        call,
        typed,
        begun.faults.map(({ message }) => message),
      );
    if (begun.kind === 'no-changes') return showList(call, typed, [t('Change something first.')]);
    go(`/console/words/back-tests/${begun.report.id}`, {
      kind: 'good',
      text: t('Begun. A job reads the texts; nothing about anybody changes.'),
    });
  },
});

const idIn = ({ request }: PageCall): string | null => {
  const id = String(request.params.id);
  return ID.test(id) ? id : null;
};

/** The words of sample texts that somebody asked to see. */
type Opened = { of: string; texts: { person: string; words: string | null }[] };

async function showRun(call: PageCall, opened: Opened | null = null, fault: string | null = null) {
  const { context, viewer, show, t } = call;
  const id = idIn(call);
  const report = id === null ? null : await showBackTest(context, id, readerOf(call));
  if (report === null) return nothingHere(call);
  const model = {
    title: t('Back-test'),
    run: shownSummary(call, report),
    ...{ fault, opened, warnings: report.warnings },
    notRead: report.unread.erased + report.unread.not_kept + report.unread.unreadable,
    groups: report.groups.map((group) => shownGroup(call, group)),
    mayCancel: may(viewer.role, 'reviews:write') && report.state === 'running',
    mayRead: may(viewer.role, 'evidence:read'),
  };
  await show('back-test', model, fault === null ? 200 : 422);
}

type Group = BackTestReport['groups'][number];

const keyOf = ({ from, to }: Pick<Group, 'from' | 'to'>): string => `${from}.${to}`;

function shownGroup({ viewer, t }: PageCall, group: Group) {
  const { from, to, lost, count, samples } = group;
  return {
    key: keyOf(group),
    ...{ from: t(EFFECT_WORDS[from]), to: t(EFFECT_WORDS[to]), lost },
    count: FIGURES.format(count),
    samples:
      samples?.map(({ contact, at, rule, wouldRule }) => ({
        person:
          contact === null ? t('erased') : `ending ${contact.masked.slice(-4)} · ${handleOf(contact.id)}`,
        href: contact === null ? null : `/console/people/${contact.id}`,
        day: showDay(at, viewer.zone, viewer.language),
        ...{ rule, wouldRule },
      })) ?? null,
  };
}

const page = definePage({
  method: 'get',
  path: '/words/back-tests/:id',
  permission: 'reviews:read',
  handle: (call) => showRun(call),
});

const cancel = definePage({
  method: 'post',
  path: '/words/back-tests/:id/cancel',
  permission: 'reviews:write',
  handle: async (call) => {
    const id = idIn(call);
    const report = id === null ? null : await cancelBackTest(call.context, id, readerOf(call));
    if (report === null) return nothingHere(call);
    const text = call.t('Stopped. What it found stays.');
    call.go(`/console/words/back-tests/${report.id}`, { kind: 'good', text });
  },
});

const readingForm = z.object({
  group: z.string().max(60),
  reason: z.string().trim().min(3).max(200),
});

const readWords = definePage({
  method: 'post',
  path: '/words/back-tests/:id/read',
  permission: 'evidence:read',
  handle: async (call) => {
    const { context, viewer, t } = call;
    const id = idIn(call);
    if (id === null) return nothingHere(call);
    const { data } = readingForm.safeParse(typedIn(call));
    const [from, to] = (data?.group ?? '').split('.').map((name) => EFFECTS.find((known) => known === name));
    if (data === undefined || from === undefined || to === undefined)
      return showRun(call, null, t('Say why you read their words, in 3 to 200 letters.'));
    const order = { id, from, to, reason: data.reason, actor: actorOf(viewer) };
    const texts = await readSampleTexts(context, order);
    if (texts === null) return nothingHere(call);
    const shown = texts.map(({ contact, words: said }) => ({ person: handleOf(contact), words: said }));
    await showRun(call, { of: data.group, texts: shown });
  },
});

export const BACK_TEST_PAGES = [list, begin, page, cancel, readWords];
