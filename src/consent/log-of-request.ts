import type { Log } from './desk.ts';

/** `log` for what one request does: its lines bear the id that its answer bears. */
export function logOfRequest(log: Log, id: unknown): Log {
  return {
    info: (fields, line) => log.info({ id, ...fields }, line),
    warn: (fields, line) => log.warn({ id, ...fields }, line),
    error: (fields, line) => log.error({ id, ...fields }, line),
  };
}
