import { countSuppressed, listSuppressions, type SuppressionFilter } from '../../consent/suppression-list.ts';
import { SUPPRESSION_KINDS, type SuppressionKind } from '../../domain/consent/suppression.ts';
import { showTime } from '../../domain/console-time.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { reportOptOutDrift } from '../../reports/opt-out-drift.ts';
import { definePage, type PageCall } from '../page.ts';

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

const suppressions = definePage({
  method: 'get',
  path: '/suppressions',
  permission: 'suppressions:read',
  handle: async ({ context, viewer, request, show, t }) => {
    const { cursor, kind: wanted } = request.query;
    const kind = readKind(wanted);
    const after = typeof cursor === 'string' && CURSOR.test(cursor) ? cursor : null;
    const filter: SuppressionFilter = { kind, scope: null };
    const { items, next } = await listSuppressions(context, { ...filter, after, limit: PER_PAGE });
    const counted = await countSuppressed(context);
    const figure = (value: number) => value.toLocaleString(viewer.language);
    await show('suppressions', {
      title: t('Suppressions'),
      kind,
      kinds: SUPPRESSION_KINDS.map((each) => ({ kind: each, words: t(KIND_WORDS[each]) })),
      words: kind === null ? null : t(KIND_WORDS[kind]),
      counted: counted === null ? null : { ...counted, figure: figure(counted.numbers) },
      isFirst: after === null,
      next,
      rows: items.map((item) => shownRow({ viewer, t }, item)),
    });
  },
});

type Listed = Awaited<ReturnType<typeof listSuppressions>>['items'][number];

function shownRow(
  { viewer, t }: Pick<PageCall, 'viewer' | 't'>,
  { contact, since, sentence, kind, stands }: Listed,
) {
  return {
    person:
      contact === null
        ? t('nobody has the number now')
        : `ending ${contact.masked.slice(-4)} · ${handleOf(contact.id)}`,
    contact: contact?.id ?? null,
    sentence,
    word: stands ? t(KIND_WORDS[kind]) : t('lifted'),
    sign: stands ? (kind === 'hold' ? 'wait' : 'stop') : 'off',
    since: showTime(since, viewer.zone, viewer.language),
  };
}

const drift = definePage({
  method: 'get',
  path: '/drift',
  permission: 'suppressions:read',
  handle: async ({ context, viewer, show, t }) => {
    const { list, type, errors, reconciled } = await reportOptOutDrift(context, DRIFT_DAYS);
    const time = (at: Date | null) => (at === null ? t('never') : showTime(at, viewer.zone, viewer.language));
    const rows = [
      {
        how: t('texts on the carrier’s list that never reached us'),
        count: list.count,
        newest: time(list.newestAt),
      },
      {
        how: t('texts that the carrier marked as an opt-out and our words did not'),
        count: type.count,
        newest: time(type.newestAt),
      },
      ...[...errors].map(([code, { count, newestAt }]) => ({
        how: t('messages refused with code {code}', { code }),
        count,
        newest: time(newestAt),
      })),
    ];
    await show('drift', {
      title: t('Drift'),
      total: rows.reduce((sum, { count }) => sum + count, 0),
      rows,
      days: DRIFT_DAYS,
      reconciled:
        reconciled === null ? null : { at: time(reconciled.at), isDone: reconciled.outcome === 'done' },
    });
  },
});

export const PROOF_OVER_ALL_PAGES = [suppressions, drift];
