import { inTime } from '../../store/in-time.ts';
import type { Desk } from '../desk.ts';
import { logOfRequest } from '../log-of-request.ts';
import type { InboundMessage } from './message.ts';
import { receive } from './receive.ts';
import type { Spool } from './spool.ts';

/** Time a text may take to become durable in the database before it goes to the spool, ms. Twilio waits 15 s in all. */
const DATABASE_MS = 8000;

/** `id`: that of the request, for the log. */
export type TakeIn = (message: InboundMessage, id?: unknown) => Promise<void>;

/**
 * Takes in one text whatever the state of the database: recorded, with its replies planned, or spooled, to be recorded and
 * replied to once the database is back. Rejects where both fail, which is on record then.
 */
export function createTakeIn(
  desk: Desk,
  spool: Spool,
  count: (outcome: 'spooled' | 'refused') => void,
): TakeIn {
  const underWay = new Map<string, Promise<unknown>>();
  const once = async (message: InboundMessage, id: unknown): Promise<void> => {
    const log = logOfRequest(desk.log, id);
    try {
      await inTime(DATABASE_MS, receive(desk, message, log));
    } catch (error) {
      log.warn({ error }, 'a text goes to the spool: the database did not take it');
      await spool.append(message).catch((failed: unknown) => {
        count('refused');
        log.error({ error: failed }, 'a text was refused: the spool did not take it either');
        throw failed;
      });
      count('spooled');
    }
  };
  return async (message, id) => {
    // A second post of one MessageSid waits for the first, and is then a repeated one.
    const earlier = underWay.get(message.sid);
    if (earlier !== undefined) await earlier.catch(() => undefined);
    const run = once(message, id);
    underWay.set(message.sid, run);
    try {
      await run;
    } finally {
      if (underWay.get(message.sid) === run) underWay.delete(message.sid);
    }
  };
}
