import type { AppContext } from '../consent/app-context.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { apiKeyNames } from '../store/api-keys.ts';
import {
  type ApiRequestRow,
  insertApiRequests,
  pageApiRequests,
  trimApiRequests,
} from '../store/api-requests.ts';

/** Requests that the log keeps at most, over all keys. A week ends the others. */
const MOST_KEPT = 20_000;

/** Requests are written together after this time, ms. */
const WRITE_MS = 1000;

/** Requests that wait at most; the log leaves out what comes while so many wait. */
const MOST_WAITING = 2000;

/** The oldest requests are deleted after each time that so many were written. */
const TRIM_EVERY = 1000;

export type RequestLog = {
  /** Returns at once; the request is written within about a second. */
  record: (row: ApiRequestRow) => void;
  /** Writes what waits. */
  stop: () => Promise<void>;
};

/** Keeps the last requests of integrators. A request that could not be written is left out: nothing waits for it. */
export function createRequestLog({ store, log }: Pick<AppContext, 'log' | 'store'>): RequestLog {
  let waiting: ApiRequestRow[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let untrimmed = 0;
  const write = async (): Promise<void> => {
    const rows = waiting;
    waiting = [];
    if (rows.length === 0) return;
    await insertApiRequests(store, rows);
    untrimmed += rows.length;
    if (untrimmed < TRIM_EVERY) return;
    untrimmed = 0;
    await trimApiRequests(store, MOST_KEPT);
  };
  const begin = (): Promise<void> => {
    timer = undefined;
    writing = writing.then(write).catch((error: unknown) => {
      log.warn({ error }, 'requests of the API could not be written to their log');
    });
    return writing;
  };
  return {
    record: (row) => {
      if (waiting.length >= MOST_WAITING) return;
      waiting.push(row);
      timer ??= setTimeout(begin, WRITE_MS);
    },
    stop: () => {
      clearTimeout(timer);
      return begin();
    },
  };
}

/** One request as people see it. `keyName`: null when the key is gone. */
type RequestView = ApiRequestRow & { id: string; keyName: string | null };

/** The last requests to the API, the newest first. `key` null: of all keys. */
export async function listRequests(
  { store }: Pick<AppContext, 'store'>,
  { key, failed, after, limit }: PageRequest & { key: string | null; failed: boolean },
): Promise<Page<RequestView>> {
  const rows = await pageApiRequests(store, { key, failed, after, limit: limit + 1 });
  const { items, next } = cutPage(rows, limit, ({ _id }) => _id.toHexString());
  const names = await apiKeyNames(
    store,
    items.map((row) => row.key),
  );
  const shown = items.map(({ _id, ...row }) => ({
    ...row,
    id: _id.toHexString(),
    keyName: names.get(row.key) ?? null,
  }));
  return { items: shown, next };
}
