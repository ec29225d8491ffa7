import { Problem } from './problems.ts';
import type { ApiRoute, IsExpected } from './route.ts';

/** Weak: the same revision may be shown with other remarks about it. */
export const etagOf = (revision: number): string => `W/"${revision}"`;

/**
 * Which revision the `If-Match` of a request expects. Throws a `Problem` where the row has no revision: to ignore the header
 * would undo in silence what it guards. Source: RFC 9110, 13.1.1; weak ETags count, since we send no others.
 */
export function readIfMatch({ method, revision }: ApiRoute, header: string | undefined): IsExpected {
  if (header === undefined || method === 'get') return () => true;
  if (method !== 'put' || revision === null)
    throw unread('This has no revision, so nothing is compared. Send it without the header.');
  if (header.trim() === '*') return (now) => now !== null;
  const tags = header.match(/"[^"]*"/g);
  if (tags === null)
    throw unread('It must be ETags as GET sends them, with their quotes, or * for whatever is there.');
  return (now) => now !== null && tags.includes(`"${now}"`);
}

const unread = (message: string): Problem =>
  new Problem('invalid-request', 'Nothing was changed.', { errors: [{ field: 'If-Match', message }] });

/** Where the revision is another than `If-Match` expects. */
export const changedMeanwhile = (): Problem =>
  new Problem('changed-meanwhile', CHANGED, {
    next_step:
      'Read it again. If it is not as you meant it, make your change on what it says now, and send that with its ETag.',
  });

const CHANGED =
  'It was changed since, or is not there. This request did nothing; an earlier one of yours, whose answer was lost, may have changed it.';
