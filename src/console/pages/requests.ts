import { listApiKeys } from '../../access/api-keys.ts';
import { listRequests } from '../../access/request-log.ts';
import { showTime } from '../../domain/console-time.ts';
import { fromNow } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';

const PER_PAGE = 50;
const MOST_KEYS = 500;
const KEY_ID = /^[0-9a-f]{16}$/;
const CURSOR = /^[0-9a-f]{24}$/;

type Row = Awaited<ReturnType<typeof listRequests>>['items'][number];

const matching = (pattern: RegExp, text: unknown): string | null =>
  typeof text === 'string' && pattern.test(text) ? text : null;

function addressOf(filter: { key: string | null; only: string | null; after?: string | null }): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value != null) query.set(name, value);
  return query.size === 0 ? '/console/requests' : `/console/requests?${query}`;
}

function signOf(status: number): string {
  if (status >= 500) return 'stop';
  return status >= 400 ? 'wait' : 'good';
}

function shownRow({ viewer, t }: PageCall, row: Row) {
  return {
    ...row,
    at: showTime(row.at, viewer.zone, viewer.language),
    key: row.keyName ?? t('a key that is gone'),
    keyId: row.key,
    state: { sign: signOf(row.status), word: String(row.status) },
    ms: `${row.ms} ms`,
  };
}

function answerOf({ context, viewer, t }: PageCall, last: Row | undefined, isFiltered: boolean) {
  if (last === undefined)
    return {
      sign: 'off',
      sentence: isFiltered ? t('No request matches.') : t('No request came yet.'),
      cause: t('Requests with a valid key appear here within a second or two, and stay for 7 days.'),
    };
  const { status, problem, method, route } = last;
  return {
    sign: signOf(status),
    sentence: t('The last request, {ago}, was answered {status}.', {
      ago: fromNow(last.at, context.now(), viewer.language),
      status,
    }),
    cause:
      problem === null
        ? `${method} ${route}`
        : t('{request}: the problem was {problem}.', { request: `${method} ${route}`, problem }),
    ...(problem === null ? {} : { door: { href: `/api/docs#${problem}`, label: t('What it means') } }),
  };
}

const list = definePage({
  method: 'get',
  path: '/requests',
  permission: 'keys:manage',
  handle: async (call) => {
    const { context, request, show, t } = call;
    const key = matching(KEY_ID, request.query.key);
    const only = request.query.only === 'failed' ? 'failed' : null;
    const after = matching(CURSOR, request.query.after);
    const asked = { key, failed: only !== null, after, limit: PER_PAGE };
    const { items, next } = await listRequests(context, asked);
    const keys = await listApiKeys(context, { after: null, limit: MOST_KEYS });
    await show('setup/requests', {
      title: t('Requests'),
      answer: after === null ? answerOf(call, items[0], key !== null || only !== null) : null,
      rows: items.map((row) => shownRow(call, row)),
      keys: keys.map(({ id, name }) => ({ id, name })),
      ...{ key, only },
      first: after === null ? null : addressOf({ key, only }),
      next: next === null ? null : addressOf({ key, only, after: next }),
    });
  },
});

/** The last requests to the API, for whoever writes a program against it. */
export const REQUEST_PAGES = [list];
