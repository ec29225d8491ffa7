import { Problem } from './problems.ts';
import type { ApiRoute, IsExpected } from './route.ts';

/** A weak ETag: the same revision may be shown with different remarks. */
export const etagOf = (revision: number): string => `W/"${revision}"`;

/**
 * The check for a request's `If-Match`. Throws a `Problem` when the resource has no revision: ignoring the header
 * would silently drop the protection that it asks for. Source: RFC 9110, 13.1.1; weak ETags match, since we send no
 * others.
 */
export function readIfMatch({ method, revision }: ApiRoute, header: string | undefined): IsExpected {
  if (header === undefined || method === 'get') return () => true;
  if (method !== 'put' || revision === null)
    throw unread('This resource has no revision to compare. Send the request without the header.');
  if (header.trim() === '*') return (now) => now !== null;
  const tags = header.match(/"[^"]*"/g);
  if (tags === null) throw unread('It must be ETags as GET sends them, with their quotes, or * for any.');
  return (now) => now !== null && tags.includes(`"${now}"`);
}

const unread = (message: string): Problem =>
  new Problem('invalid-request', 'Nothing was changed.', { errors: [{ field: 'If-Match', message }] });

/** The revision differs from the one in `If-Match`. */
export const changedMeanwhile = (): Problem =>
  new Problem('changed-meanwhile', CHANGED, {
    next_step:
      'Read the resource again. If it is not as you want it, change what it says now, and send that with its ETag.',
  });

const CHANGED =
  'The resource was changed after you read it, or does not exist. This request did nothing; an earlier one of yours, whose answer was lost, may have changed it.';
