import { urgencyOf } from '../../domain/inbox/entering.ts';
import type { Cleared } from '../../sending/gate.ts';
import { insertInbound } from '../../store/consent/inbound.ts';
import { inTime } from '../../store/in-time.ts';
import { sealByRing } from '../../store/sealing/keys.ts';
import type { Desk } from '../desk.ts';
import { logOfRequest } from '../log-of-request.ts';
import type { InboundMessage } from './message.ts';
import { receive } from './receive.ts';
import type { Spool } from './spool.ts';
import { leaveUnsaid } from './unsaid.ts';

/** Time a text may take to become durable in the database before it goes to the spool, ms. Twilio waits 15 s in all. */
const DATABASE_MS = 8000;

/** `id`: that of the request, for the log. */
export type TakeIn = (message: InboundMessage, id?: unknown) => Promise<Cleared[]>;

/**
 * Takes in one text whatever the state of the database: recorded and answered, or spooled and answered with
 * silence, since a confirmation that other processes cannot see yet would be a lie. Rejects where both fail,
 * which is on record then.
 */
export function createTakeIn(
  desk: Desk,
  spool: Spool,
  count: (outcome: 'spooled' | 'refused') => void,
): TakeIn {
  const underWay = new Map<string, Promise<unknown>>();
  const once = async (message: InboundMessage, id: unknown): Promise<Cleared[]> => {
    const log = logOfRequest(desk.log, id);
    const work = take(desk, message, log);
    try {
      return await inTime(DATABASE_MS, work);
    } catch (error) {
      log.warn({ error }, 'a text goes to the spool: the database did not take it');
      await spool.append(message).catch((failed: unknown) => {
        count('refused');
        log.error({ error: failed }, 'a text was refused: the spool did not take it either');
        throw failed;
      });
      count('spooled');
      leaveToDispatcher(desk, work);
      return [];
    }
  };
  return async (message, id) => {
    // A second post of one MessageSid waits for the first, and is then a repeated one.
    const earlier = underWay.get(message.sid);
    if (earlier !== undefined) await earlier.catch(() => undefined);
    const run = once(message, id);
    underWay.set(message.sid, run);
    try {
      return await run;
    } finally {
      if (underWay.get(message.sid) === run) underWay.delete(message.sid);
    }
  };
}

/** What the database took after all, too late for its HTTP answer: provably not said yet, so the dispatcher decides. */
function leaveToDispatcher(desk: Desk, work: Promise<Cleared[]>): void {
  const why = 'the database took it too late for an answer in time';
  const left = work
    .then(async (cleared) => {
      const refs = cleared.map(({ ref }) => ref);
      await leaveUnsaid(
        desk,
        refs.map(({ delivery }) => delivery),
      );
      // One that was given before may have been heard: it is not the dispatcher's to give again.
      const again = refs.filter(({ epoch }) => epoch > 1);
      await desk.settler.record(again.map((ref) => ({ ...ref, result: 'unknown', why })));
    })
    .catch(() => undefined);
  desk.afterwards.add(left);
}

/** One text into the database. A text from nobody is kept sealed, and an alarm. */
export async function take(desk: Desk, message: InboundMessage, log = desk.log): Promise<Cleared[]> {
  if (message.from !== '') return receive(desk, message, log);
  log.error({ sid: message.sid }, 'a signed text names no sender: kept, read by nobody');
  const isNew = await insertInbound(desk.store, {
    _id: message.sid,
    contact: null,
    rev: 0,
    to: message.to,
    receivedAt: message.receivedAt,
    recordedAt: desk.now(),
    door: message.door,
    reading: { kind: 'unreadable', rule: 'no-sender', rules: '' },
    inbox: 'open',
    urgency: urgencyOf(null),
    sealed: null,
    unreadable: sealByRing(desk.ring, `inbound:${message.sid}`, JSON.stringify(message.form)),
    answers: [],
  });
  desk.onText?.(isNew ? 'unreadable' : 'repeated');
  return [];
}
