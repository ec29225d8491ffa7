import { csv, sendForm } from '../../api/http/streaming.ts';
import {
  countListed,
  countSuppressed,
  exportSuppressions,
  listSuppressions,
  type SuppressionFilter,
} from '../../consent/suppression-list.ts';
import { PROGRAM_STATES } from '../../contacts/person-record.ts';
import { SUPPRESSION_KINDS, type SuppressionKind } from '../../domain/consent/suppression.ts';
import { showTime } from '../../domain/console-time.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { reportOptOutDrift } from '../../reports/opt-out-drift.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';

const PER_PAGE = 50;
const DRIFT_DAYS = 30;
const CURSOR = /^[0-9a-f]{24}$/;

/** What each kind of suppression is called on pages. */
const KIND_WORDS: Readonly<Record<SuppressionKind, string>> = {
  'opt-out': 'opted out',
  hold: 'on hold',
  carrier: 'blocked at the carrier',
  hygiene: 'takes no texts',
};

const readKind = (text: unknown): SuppressionKind | null =>
  SUPPRESSION_KINDS.find((kind) => kind === text) ?? null;

/** What a suppression that stands is called: the words of a person's own page. */
const STATES: Readonly<Record<SuppressionKind, { sign: 'stop' | 'wait'; word: string }>> = {
  'opt-out': PROGRAM_STATES['opted-out'],
  hold: PROGRAM_STATES['on-hold'],
  carrier: { sign: 'stop', word: 'Blocked at the carrier' },
  hygiene: { sign: 'stop', word: 'Takes no texts' },
};

const LIFTED = { sign: 'off', word: 'Lifted' } as const;

const addressOf = (kind: SuppressionKind | null, path = '/console/suppressions'): string =>
  kind === null ? path : `${path}?kind=${kind}`;

const suppressions = definePage({
  method: 'get',
  path: '/suppressions',
  permission: 'suppressions:read',
  handle: async (call) => {
    const { context, request, show, t } = call;
    const { cursor, kind: wanted } = request.query;
    const kind = readKind(wanted);
    const after = typeof cursor === 'string' && CURSOR.test(cursor) ? cursor : null;
    const filter: SuppressionFilter = { kind, scope: null };
    const { items, next } = await listSuppressions(context, { ...filter, after, limit: PER_PAGE });
    const counted = items.length === 0 ? null : await countListed(context, { kind, after });
    await show('suppressions', {
      title: t('Suppressions'),
      kind,
      kinds: SUPPRESSION_KINDS.map((each) => ({ href: addressOf(each), words: t(KIND_WORDS[each]) })),
      words: kind === null ? null : t(KIND_WORDS[kind]),
      answer: await answerOf(call, { kind, counted, isEmpty: items.length === 0 && after === null }),
      range: rangeOf(call, { counted, shown: items.length }),
      first: after === null ? null : addressOf(kind),
      next: next === null ? null : `${addressOf(kind)}${kind === null ? '?' : '&'}cursor=${next}`,
      csv: addressOf(kind, '/console/suppressions.csv'),
      rows: items.map((item) => shownRow(call, item)),
    });
  },
});

type KindFilter = { kind: SuppressionKind | null };
type Counted = Awaited<ReturnType<typeof countListed>>;

const figureIn =
  ({ viewer }: Pick<PageCall, 'viewer'>) =>
  (value: number): string =>
    value.toLocaleString(viewer.language);

async function answerOf(
  call: PageCall,
  { kind, counted, isEmpty }: KindFilter & { counted: Counted; isEmpty: boolean },
) {
  const { t } = call;
  if (isEmpty) {
    const nobody =
      kind === null
        ? t('No number is suppressed.')
        : t('No number is {kind}.', { kind: t(KIND_WORDS[kind]) });
    return { sign: 'off', sentence: nobody, cause: t('An opt-out appears here at once.') };
  }
  const rule = t(
    'A suppression is never deleted. It outlives its person, and only a confirmed consent of the number’s own holder lifts it, for one program.',
  );
  if (kind !== null) return { sign: 'stop', sentence: ofKind(call, kind, counted), cause: rule };
  const { sentence, parts } = await wholeOf(call, counted);
  return { sign: 'stop', sentence, cause: parts === null ? rule : `${parts} ${rule}` };
}

/** How many entries of one kind forbid something now, apart from those that were lifted. */
function ofKind(call: PageCall, kind: SuppressionKind, counted: Counted): string {
  const { t } = call;
  const state = t(STATES[kind].word);
  if (counted === null) return t('{state}, and what was lifted of it.', { state });
  const figure = figureIn(call);
  const { all, lifted } = counted;
  const now = t('{state} now: 1 entry. || {state} now: {figure} entries.', {
    ...{ count: all - lifted, state, figure: figure(all - lifted) },
  });
  if (lifted === 0) return now;
  return `${now} ${t('1 more was lifted. || {figure} more were lifted.', { count: lifted, figure: figure(lifted) })}`;
}

/** How many numbers may not be texted, and how the entries of the list add up. A number may have several. */
async function wholeOf(call: PageCall, listed: Counted): Promise<{ sentence: string; parts: string | null }> {
  const { context, t } = call;
  const counted = await countSuppressed(context);
  if (counted === null) return { sentence: t('What forbids texts, and to whom.'), parts: null };
  const { numbers, rows, isMore } = counted;
  const figure = figureIn(call);
  const values = { count: numbers, figure: figure(numbers) };
  if (isMore)
    return {
      sentence: t('More than {figure} numbers may not be texted by any program.', values),
      parts: null,
    };
  const sentence = t(
    '1 number may not be texted by any program. || {figure} numbers may not be texted by any program.',
    values,
  );
  if (listed === null) return { sentence, parts: null };
  const { all, lifted } = listed;
  const parts = t(
    'Entries of this list: {all}. Of these {rows} forbid a number to all programs, {part} forbid a part, {lifted} were lifted.',
    {
      ...{ all: figure(all), rows: figure(rows) },
      ...{ part: figure(Math.max(0, all - rows - lifted)), lifted: figure(lifted) },
    },
  );
  return { sentence, parts };
}

/** "1–50 of 1,310 entries". Counting may take too long: then only the rows on this page are said. */
function rangeOf(call: PageCall, { counted, shown }: { counted: Counted; shown: number }): string | null {
  const { t } = call;
  if (shown === 0) return null;
  if (counted === null) return t('{shown} entries on this page', { shown });
  const figure = figureIn(call);
  const { all, before } = counted;
  return t('{from}–{to} of 1 entry || {from}–{to} of {all} entries', {
    ...{ count: all, all: figure(all) },
    ...{ from: figure(before + 1), to: figure(before + shown) },
  });
}

type Listed = Awaited<ReturnType<typeof listSuppressions>>['items'][number];

/** What an entry means now. One that was lifted for some programs forbids a part only. */
function stateOf(
  t: PageCall['t'],
  { standing, kind, exceptFor }: Listed,
): { sign: 'stop' | 'wait' | 'note' | 'off'; word: string } {
  if (standing === 'none') return { ...LIFTED, word: t(LIFTED.word) };
  const { sign, word } = STATES[kind];
  if (exceptFor.length === 0) return { sign, word: t(word) };
  const programs = exceptFor.join(', ');
  return { sign: 'note', word: t('{state}, but not for {programs}', { state: t(word), programs }) };
}

function shownRow({ viewer, t }: Pick<PageCall, 'viewer' | 't'>, item: Listed) {
  const { contact, since, sentence } = item;
  const person = (id: string, masked: string): string =>
    t('ending {ending} · {handle}', { ending: masked.slice(-4), handle: handleOf(id) });
  return {
    person: contact === null ? t('nobody has the number now') : person(contact.id, contact.masked),
    contact: contact?.id ?? null,
    sentence,
    state: stateOf(t, item),
    since: showTime(since, viewer.zone, viewer.language),
  };
}

const COLUMNS = ['ending', 'handle', 'contact', 'kind', 'state', 'scope', 'since', 'until', 'sentence'];

async function* csvRows({ call, kind }: { call: PageCall; kind: SuppressionKind | null }) {
  const { context, viewer } = call;
  for await (const item of exportSuppressions(context, { kind, actor: actorOf(viewer), format: 'csv' })) {
    const { contact, scope, since, until, sentence } = item;
    yield {
      ending: contact?.masked.slice(-4) ?? null,
      handle: contact === null ? null : handleOf(contact.id),
      contact: contact?.id ?? null,
      ...{ kind: item.kind, state: stateOf(call.t, item).word, scope },
      since: since.toISOString(),
      until: until?.toISOString() ?? null,
      sentence,
    };
  }
}

const CSV = csv(COLUMNS, csvRows);

/** A file of exactly the rows that the page with this filter lists. */
const suppressionsFile = definePage({
  method: 'get',
  path: '/suppressions.csv',
  permission: 'suppressions:read',
  freshSignIn: true,
  fileOf: '/suppressions',
  handle: async (call) => {
    call.response.set('Content-Disposition', 'attachment; filename="suppressions.csv"');
    await sendForm(call.response, CSV, { call, kind: readKind(call.request.query.kind) });
  },
});

const drift = definePage({
  method: 'get',
  path: '/drift',
  permission: 'suppressions:read',
  handle: async ({ context, viewer, show, t }) => {
    const { list, type, errors, reconciled } = await reportOptOutDrift(context, DRIFT_DAYS);
    const time = (at: Date | null) => (at === null ? t('never') : showTime(at, viewer.zone, viewer.language));
    const rows = [
      {
        how: t('Texts on the carrier’s list that never reached us'),
        count: list.count,
        newest: time(list.newestAt),
      },
      {
        how: t('Texts that the carrier marked as an opt-out and our words did not'),
        count: type.count,
        newest: time(type.newestAt),
      },
      ...[...errors].map(([code, { count, newestAt }]) => ({
        how: t('Messages refused with code {code}', { code }),
        count,
        newest: time(newestAt),
      })),
    ];
    const total = rows.reduce((sum, { count }) => sum + count, 0);
    const at = reconciled === null ? null : time(reconciled.at);
    const isDone = reconciled?.outcome === 'done';
    await show('drift', {
      title: t('Drift'),
      answer: driftAnswer(t, { total, isDone }),
      rows,
      compared: comparedWords(t, { at, isDone }),
    });
  },
});

function driftAnswer(t: PageCall['t'], { total, isDone }: { total: number; isDone: boolean }) {
  const days = DRIFT_DAYS;
  if (total > 0) {
    return {
      sign: 'wait',
      sentence: t('{count} opt-outs in {days} days were known to the carrier and not to us.', {
        ...{ count: total, days },
      }),
      cause: t('Each is in force here since we learned of it.'),
    };
  }
  if (!isDone) {
    return {
      sign: 'wait',
      sentence: t('Not compared with the carrier’s list yet.'),
      cause: t('What the carrier reported by itself in {days} days was in force here already.', { days }),
    };
  }
  return {
    sign: 'good',
    sentence: t('None unknown to us in {days} days.', { days }),
    cause: t('Every opt-out that the carrier reported was in force here already.'),
  };
}

function comparedWords(t: PageCall['t'], { at, isDone }: { at: string | null; isDone: boolean }): string {
  if (at === null) {
    return t(
      'Our texts were not compared with the carrier’s list yet. The job “reconcile” does it every night.',
    );
  }
  return isDone
    ? t('Our texts were last compared with the carrier’s list at {at}.', { at })
    : t('The last comparison with the carrier’s list, at {at}, failed; it is tried again.', { at });
}

export const PROOF_OVER_ALL_PAGES = [suppressions, suppressionsFile, drift];
