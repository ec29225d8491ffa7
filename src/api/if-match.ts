import type { Request } from 'express';
import { Problem } from './problem.ts';
import { readRequest } from './read-request.ts';
import type { Circumstances, Route } from './route.ts';

type Named = Pick<Route, 'method' | 'path' | 'shownAt'>;

/** The route that shows what another changes, whose ETag an `If-Match` is compared with; null: none does, and none is. */
export function shownBy({ method, path, shownAt }: Named, routes: readonly Route[]): Route | null {
  const at = shownAt ?? (method === 'put' ? path : null);
  return routes.find((one) => one.method === 'get' && one.path === at) ?? null;
}

/**
 * Throws a `Problem` where what a request changes is no more as its `If-Match` says that it was read, or, of a PUT, cannot
 * be compared. Source: RFC 9110, 13.1.1; weak ETags count, since we send no others.
 */
export async function checkUnchanged(
  request: Request,
  shown: Route | null,
  circumstances: Circumstances,
): Promise<void> {
  const header = request.headers['if-match'];
  if (header === undefined) return;
  if (shown === null) {
    if (request.method !== 'PUT') return;
    throw unread('No GET shows this alone, so nothing is compared. Send it without the header.');
  }
  const read = tagsIn(header);
  const now = await etagNow(request, shown, circumstances);
  if (now !== null && (read === 'any' || read.includes(bare(now)))) return;
  throw new Problem('changed-meanwhile', CHANGED, {
    next_step:
      'Read it again. If it is not as you meant it, make your change on what it says now, and send that with its ETag.',
  });
}

const CHANGED =
  'It was changed since, or is not there. This request did nothing; an earlier one of yours, whose answer was lost, may have changed it.';

const unread = (message: string): Problem =>
  new Problem('invalid-request', 'Nothing was changed.', { errors: [{ field: 'If-Match', message }] });

const bare = (etag: string): string => etag.replace('W/', '');

function tagsIn(header: string): readonly string[] | 'any' {
  if (header.trim() === '*') return 'any';
  const tags = header.match(/"[^"]*"/g);
  if (tags !== null) return tags;
  throw unread('It must be ETags as GET sends them, with their quotes, or * for whatever is there.');
}

/** As GET would send it now; null where there is nothing. */
async function etagNow(request: Request, shown: Route, circumstances: Circumstances): Promise<string | null> {
  const parts = readRequest(shown, { params: request.params, query: {}, body: undefined });
  try {
    const answer = await shown.handle({ ...circumstances, ...parts } as never);
    return request.app.get('etag fn')(JSON.stringify(answer), 'utf8');
  } catch (error) {
    if (error instanceof Problem && error.kind === 'not-found') return null;
    throw error;
  }
}
