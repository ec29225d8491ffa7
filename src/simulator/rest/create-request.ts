import type { Carrier } from '../carrier.ts';
import { ownNumber } from '../carrier.ts';
import { BODY_LIMIT } from '../hooks/replies.ts';
import { standingBlock } from '../opt-out.ts';
import { BLOCKS } from '../opt-out-handling.ts';
import type { OwnNumber } from '../options.ts';
import type { Draft } from '../outbound.ts';
import { segmentsOf } from '../outbound.ts';
import { isFull, leastBusy, QUEUE_SECONDS, queueOf } from '../sender-queue.ts';
import { RestError } from './error.ts';

const E164 = /^\+[1-9]\d{6,14}$/;
const NORTH_AMERICAN = /^\+1\d{10}$/;
const SHORT_CODE = /^\d{3,8}$/;

const SECONDS_AHEAD = { least: 300, most: 35 * 24 * 3600 };
const VALIDITY_SECONDS = { least: 1, most: QUEUE_SECONDS };

/**
 * Reads the form of a create call.
 * @throws RestError with Twilio's code for the first thing that is wrong with it, 21610 when the person
 * is on a block list that the create call of a plain `From` knows, 21611 when its queue is full.
 */
export function readCreate(carrier: Carrier, form: URLSearchParams): Draft {
  const to = form.get('To') ?? '';
  const body = form.get('Body') ?? '';
  const media = form.getAll('MediaUrl');
  if (to === '') throw new RestError(21604);
  if (!form.get('From') && !form.get('MessagingServiceSid')) throw new RestError(21603);
  if (body === '' && media.length === 0) throw new RestError(21602);
  checkRecipient(to, form.get('From'));
  const sender = chooseSender(carrier, form);
  if (body.length > BODY_LIMIT) throw new RestError(21617);
  const draft: Draft = {
    direction: 'outbound-api',
    sender,
    senderOpen: !form.get('From'),
    service: form.get('MessagingServiceSid') || null,
    to,
    body,
    media,
    callback: readCallback(form.get('StatusCallback')),
    inMs: readSchedule(carrier, form),
    validMs: readValidity(form.get('ValidityPeriod')) * 1000,
  };
  // With a service the message is accepted, and fails: with 21610 by callback, or with 30001.
  if (draft.service !== null) return draft;
  const block = standingBlock(carrier, sender, to);
  if (block && BLOCKS[block].seenAt === 'create') throw new RestError(BLOCKS[block].code);
  if (isQueueFull(carrier, draft)) throw new RestError(21611);
  return draft;
}

function isQueueFull(carrier: Carrier, { sender, body, media }: Draft): boolean {
  const queue = queueOf(carrier, sender.number, null);
  return queue !== undefined && isFull(queue, segmentsOf(body, media));
}

function checkRecipient(to: string, from: string | null): void {
  if (SHORT_CODE.test(to)) throw new RestError(21265);
  if (!E164.test(to) || (to.startsWith('+1') && !NORTH_AMERICAN.test(to))) throw new RestError(21211);
  if (to === from) throw new RestError(21266);
}

function chooseSender(carrier: Carrier, form: URLSearchParams): OwnNumber {
  const from = form.get('From');
  const service = form.get('MessagingServiceSid');
  if (from && !E164.test(from) && !SHORT_CODE.test(from)) throw new RestError(21212);
  const pool = carrier.options.numbers.filter((own) => !service || own.messagingServiceSid === service);
  if (pool.length === 0) throw new RestError(21701);
  const sender = from ? pool.find((own) => own.number === from) : leastBusy(carrier, pool);
  if (!sender) throw new RestError(from && ownNumber(carrier, from) ? 21711 : 21659);
  return sender;
}

function readValidity(text: string | null): number {
  if (text === null) return VALIDITY_SECONDS.most;
  const seconds = Number(text);
  const { least, most } = VALIDITY_SECONDS;
  if (!Number.isInteger(seconds) || seconds < least || seconds > most) throw new RestError(21624);
  return seconds;
}

/** The host name of a callback must not contain an underscore. */
function readCallback(text: string | null): string | null {
  if (!text) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname.includes('_')) throw new RestError(21609);
  return text;
}

function readSchedule(carrier: Carrier, form: URLSearchParams): number | null {
  if (form.get('ScheduleType') !== 'fixed') return null;
  if (!form.get('MessagingServiceSid')) throw new RestError(35118);
  const ms = Date.parse(form.get('SendAt') ?? '') - carrier.now().getTime();
  const inside = ms > SECONDS_AHEAD.least * 1000 && ms <= SECONDS_AHEAD.most * 1000;
  if (!inside) throw new RestError(35114);
  return ms;
}
