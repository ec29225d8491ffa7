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
    await show('suppressions', {
      title: t('Suppressions'),
      kind,
      kinds: SUPPRESSION_KINDS.map((each) => ({ href: addressOf(each), words: t(KIND_WORDS[each]) })),
      words: kind === null ? null : t(KIND_WORDS[kind]),
      answer: await answerOf(call, { kind, isEmpty: items.length === 0 && after === null }),
      range: await rangeOf(call, { kind, after, shown: items.length }),
      first: after === null ? null : addressOf(kind),
      next: next === null ? null : `${addressOf(kind)}${kind === null ? '?' : '&'}cursor=${next}`,
      csv: addressOf(kind, '/console/suppressions.csv'),
      rows: items.map((item) => shownRow(call, item)),
    });
  },
});

type KindFilter = { kind: SuppressionKind | null };

async function answerOf(call: PageCall, { kind, isEmpty }: KindFilter & { isEmpty: boolean }) {
  const { t } = call;
  if (isEmpty) {
    const nobody =
      kind === null
        ? t('No number is suppressed.')
        : t('No number is {kind}.', { kind: t(KIND_WORDS[kind]) });
    return { sign: 'off', sentence: nobody, cause: t('An opt-out appears here at once.') };
  }
  const cause = t(
    'A suppression is never deleted. It outlives its person, and only a confirmed consent of the number’s own holder lifts it, for one program.',
  );
  const sentence =
    kind === null ? await wholeOf(call) : t('Numbers that are {kind}.', { kind: t(KIND_WORDS[kind]) });
  return { sign: 'stop', sentence, cause };
}

/** How many numbers may not be texted, and by how many entries: a number may have several. */
async function wholeOf({ context, viewer, t }: PageCall): Promise<string> {
  const counted = await countSuppressed(context);
  if (counted === null) return t('What forbids texts, and to whom.');
  const { numbers, rows, isMore } = counted;
  const figure = numbers.toLocaleString(viewer.language);
  if (isMore) return t('More than {figure} numbers may not be texted by any program.', { figure });
  const entries = t('1 entry || {entries} entries', {
    count: rows,
    entries: rows.toLocaleString(viewer.language),
  });
  return t(
    '1 number may not be texted by any program, by {entries}. || {figure} numbers may not be texted by any program, by {entries}.',
    { count: numbers, figure, entries },
  );
}

/** "1–50 of 1,310 entries". Counting may take too long: then only the rows on this page are said. */
async function rangeOf(
  { context, viewer, t }: PageCall,
  { kind, after, shown }: KindFilter & { after: string | null; shown: number },
): Promise<string | null> {
  if (shown === 0) return null;
  const counted = await countListed(context, { kind, after });
  if (counted === null) return t('{shown} entries on this page', { shown });
  const figure = (value: number): string => value.toLocaleString(viewer.language);
  const { all, before } = counted;
  return t('{from}–{to} of 1 entry || {from}–{to} of {all} entries', {
    ...{ count: all, all: figure(all) },
    ...{ from: figure(before + 1), to: figure(before + shown) },
  });
}

type Listed = Awaited<ReturnType<typeof listSuppressions>>['items'][number];

const stateOf = ({ stands, kind }: Listed) => (stands ? STATES[kind] : LIFTED);

function shownRow({ viewer, t }: Pick<PageCall, 'viewer' | 't'>, item: Listed) {
  const { contact, since, sentence } = item;
  const { sign, word } = stateOf(item);
  const person = (id: string, masked: string): string =>
    t('ending {ending} · {handle}', { ending: masked.slice(-4), handle: handleOf(id) });
  return {
    person: contact === null ? t('nobody has the number now') : person(contact.id, contact.masked),
    contact: contact?.id ?? null,
    sentence,
    state: { sign, word: t(word) },
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
      ...{ kind: item.kind, state: stateOf(item).word, scope },
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
    return t('Our texts were not compared with the carrier’s list yet. The job does it every few minutes.');
  }
  return isDone
    ? t('Our texts were last compared with the carrier’s list at {at}.', { at })
    : t('The last comparison with the carrier’s list, at {at}, failed; it is tried again.', { at });
}

export const PROOF_OVER_ALL_PAGES = [suppressions, suppressionsFile, drift];
