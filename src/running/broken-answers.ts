import type { ServerResponse } from 'node:http';
import type { Log } from '../consent/desk.ts';

/** The id that every answer bears, for the lines of the log about it. */
export const requestIdOf = (response: ServerResponse): unknown => response.getHeader('X-Request-Id');

/**
 * Ends an answer that failed once its head was out, or whose reader is gone. Handed on instead, Express would write the
 * error to stderr whole, and its message may quote a person.
 */
export function breakOff(log: Log, error: unknown, response: ServerResponse): void {
  log.warn({ error, id: requestIdOf(response) }, 'an answer broke off');
  response.destroy();
}
