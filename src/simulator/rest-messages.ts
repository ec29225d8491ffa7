import { createHash } from 'node:crypto';
import { DAY_MS } from '../domain/durations.ts';
import { type Effect, findEffect } from './behaviours.ts';
import { newestFirst, ownNumber, record, type SimulatedCarrier } from './carrier.ts';
import { effectsOn, hangUpAfter, readWithFaults, serverError, throwRefusal } from './faults.ts';
import { readText, type SimulatorCall, type SimulatorRoute, sendEmpty, sendJson } from './http-call.ts';
import { BODY_LIMIT } from './inbound.ts';
import type { CarrierLedgerEntry } from './ledger.ts';
import { FINAL_STATUSES, type Message, mediaTypeOf, personOf } from './message.ts';
import { BLOCKS, standingBlock } from './opt-outs.ts';
import type { OwnNumber } from './options.ts';
import { cancelScheduled, type OutboundDraft, segmentsOf, send } from './outbound.ts';
import { errorText, RestError, sendRefusal } from './rest-errors.ts';
import { deactivationFile, listDeactivations, lookUp } from './rest-lookup.ts';
import { numberRoutes } from './rest-numbers.ts';
import { isFull, leastBusy, QUEUE_SECONDS, queueOf } from './sender-queue.ts';

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
function readCreate(carrier: SimulatedCarrier, form: URLSearchParams): OutboundDraft {
  const to = form.get('To') ?? '';
  const body = form.get('Body') ?? '';
  const media = form.getAll('MediaUrl');
  if (to === '') throw new RestError(21604);
  if (!form.get('From') && !form.get('MessagingServiceSid')) throw new RestError(21603);
  if (body === '' && media.length === 0) throw new RestError(21602);
  checkMedia(media);
  checkRecipient(to, form.get('From'));
  const sender = chooseSender(carrier, form);
  if (body.length > BODY_LIMIT) throw new RestError(21617);
  const draft: OutboundDraft = {
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

function isQueueFull(carrier: SimulatedCarrier, { sender, body, media }: OutboundDraft): boolean {
  const queue = queueOf(carrier.queues, sender.number, null);
  return queue !== undefined && isFull(queue, segmentsOf(body, media));
}

const MEDIA_LIMIT = 10;

function checkMedia(media: readonly string[]): void {
  if (media.length > MEDIA_LIMIT) throw new RestError(21623);
  if (!media.every((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
    throw new RestError(21620);
}

function checkRecipient(to: string, from: string | null): void {
  if (SHORT_CODE.test(to)) throw new RestError(21265);
  if (!E164.test(to) || (to.startsWith('+1') && !NORTH_AMERICAN.test(to))) throw new RestError(21211);
  if (to === from) throw new RestError(21266);
}

function chooseSender(carrier: SimulatedCarrier, form: URLSearchParams): OwnNumber {
  const from = form.get('From');
  const service = form.get('MessagingServiceSid');
  if (from && !E164.test(from) && !SHORT_CODE.test(from)) throw new RestError(21212);
  const pool = carrier.options.numbers.filter((own) => !service || own.messagingServiceSid === service);
  if (pool.length === 0) throw new RestError(21701);
  const sender = from ? pool.find((own) => own.number === from) : leastBusy(carrier.queues, pool);
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

function readSchedule(carrier: SimulatedCarrier, form: URLSearchParams): number | null {
  if (form.get('ScheduleType') !== 'fixed') return null;
  if (!form.get('MessagingServiceSid')) throw new RestError(35118);
  if (!form.get('SendAt')) throw new RestError(35111);
  const ms = Date.parse(form.get('SendAt') ?? '') - carrier.now().getTime();
  const inside = ms > SECONDS_AHEAD.least * 1000 && ms <= SECONDS_AHEAD.most * 1000;
  if (!inside) throw new RestError(35114);
  return ms;
}

/** POST Messages.json: makes a message, or goes wrong as the behaviours say. */
async function createMessage(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const form = new URLSearchParams(await readText(call));
  const to = form.get('To');
  const entry = record(carrier, {
    kind: 'create',
    from: form.get('From') ?? form.get('MessagingServiceSid'),
    to,
    body: form.get('Body'),
    url: form.get('StatusCallback'),
    headersAt: call.headersAt,
  });
  const effects = effectsOn(carrier, 'create', to ?? '');
  carrier.creating += 1;
  try {
    throwRefusal(effects);
    await answerCreate(carrier, call, form, effects, entry);
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    sendRefusal(call, error);
    entry.errorCode = error.code;
    noteAnswer(call, entry, error.status);
  } finally {
    carrier.creating -= 1;
  }
}

async function answerCreate(
  carrier: SimulatedCarrier,
  call: SimulatorCall,
  form: URLSearchParams,
  effects: readonly Effect[],
  entry: CarrierLedgerEntry,
): Promise<void> {
  const hang = findEffect(effects, 'hang');
  if (hang) entry.outcome = 'hung';
  if (hang && !hang.accepted) return hangUpAfter(carrier, call, hang.ms);
  const message = send(carrier, readCreate(carrier, form), effects, entry);
  const answer = messageResource(carrier, message);
  if (findEffect(effects, 'resetAfterAccept')) {
    entry.outcome = 'reset';
    call.request.socket.resetAndDestroy();
    return;
  }
  if (hang) return hangUpAfter(carrier, call, hang.ms);
  const delay = findEffect(effects, 'delay');
  if (delay && !(await carrier.timers.wait(delay.ms))) return void call.request.socket.destroy();
  const failure = findEffect(effects, 'http5xx');
  if (failure) throw serverError(failure.status);
  sendJson(call, 201, answer, { 'Twilio-Concurrent-Requests': String(carrier.creating) });
  noteAnswer(call, entry, 201);
}

function noteAnswer(call: SimulatorCall, entry: CarrierLedgerEntry, status: number): void {
  if (call.request.socket.destroyed) {
    entry.outcome = 'client gone';
    return;
  }
  entry.answeredAt = process.hrtime.bigint();
  entry.httpStatus = status;
  entry.outcome = 'answered';
}

const PAGE_SIZE = { usual: 50, most: 1000 };

/** GET Messages.json: newest first, filtered by To, From and the three forms of DateSent, in pages. */
function listMessages(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const { query } = call;
  const person = query.get('To') ?? query.get('From') ?? '';
  return readWithFaults(carrier, call, person, () => sendJson(call, 200, pageOf(carrier, query)));
}

function pageOf(carrier: SimulatedCarrier, query: URLSearchParams) {
  const { size, page } = pageAsked(query);
  const token = query.get('PageToken');
  const before = token === null ? Number.POSITIVE_INFINITY : positionIn(token);
  // Without a token the pages before are skipped by count, as new arrivals may then shift them.
  const skip = token === null ? page * size : 0;
  const found = firstMatching(carrier, query, before, skip + size + 1).slice(skip);
  const shown = found.slice(0, size);
  const last = shown.at(-1);
  const next =
    last && found.length > size
      ? pageUri(`${messagesPath(carrier)}.json`, query, size, page + 1, last.position)
      : null;
  return {
    end: page * size + Math.max(shown.length - 1, 0),
    first_page_uri: pageUri(`${messagesPath(carrier)}.json`, query, size, 0, null),
    messages: shown.map((message) => messageResource(carrier, message)),
    next_page_uri: next,
    page,
    page_size: size,
    previous_page_uri:
      page > 0 ? pageUri(`${messagesPath(carrier)}.json`, query, size, page - 1, null) : null,
    start: page * size,
    uri: pageUri(`${messagesPath(carrier)}.json`, query, size, page, token === null ? null : before),
  };
}

function pageAsked(query: URLSearchParams): { size: number; page: number } {
  const size = Math.min(Math.max(Number(query.get('PageSize')) || PAGE_SIZE.usual, 1), PAGE_SIZE.most);
  return { size, page: Math.max(Number(query.get('Page')) || 0, 0) };
}

/** A page begins after the last message of the one before, whose position the token holds. */
function positionIn(token: string): number {
  if (!/^PA\d{1,15}$/.test(token)) throw new RestError(20001);
  return Number(token.slice(2));
}

function pageUri(
  path: string,
  query: URLSearchParams,
  size: number,
  page: number,
  before: number | null,
): string {
  const parameters = new URLSearchParams(query);
  parameters.set('PageSize', String(size));
  parameters.set('Page', String(page));
  if (before === null) parameters.delete('PageToken');
  else parameters.set('PageToken', `PA${before}`);
  return `${path}?${parameters}`;
}

function firstMatching(
  carrier: SimulatedCarrier,
  query: URLSearchParams,
  before: number,
  most: number,
): Message[] {
  const { messages } = carrier;
  const to = query.get('To');
  const from = query.get('From');
  const isInWindow = windowOf(query, 'DateSent');
  const visibleAt = performance.now();
  const isPerson = (number: string | null): boolean =>
    number !== null && ownNumber(carrier, number) === undefined && messages.byPerson.has(number);
  const person = [to, from].find(isPerson) ?? null;
  const found: Message[] = [];
  for (const message of newestFirst(messages, before, person)) {
    const isListed = message.listed && message.listedFrom <= visibleAt && messages.bySid.has(message.sid);
    if (!isListed || (to && message.to !== to) || (from && message.from !== from)) continue;
    if (!isInWindow((message.sentAt ?? message.createdAt).getTime())) continue;
    found.push(message);
    if (found.length === most) break;
  }
  return found;
}

/** Dates stand for their midnight (GMT); both bounds include their moment. */
function windowOf(query: URLSearchParams, name: string): (time: number) => boolean {
  const on = moment(query.get(name));
  const before = moment(query.get(`${name}<`));
  const after = moment(query.get(`${name}>`));
  const day = on === null ? null : Math.floor(on / DAY_MS);
  return (time) =>
    (day === null || Math.floor(time / DAY_MS) === day) &&
    (before === null || time <= before) &&
    (after === null || time >= after);
}

function moment(text: string | null): number | null {
  if (!text) return null;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new RestError(20001);
  return time;
}

/** A message as the REST API shows it. Source: Twilio's Message resource, API version 2010-04-01. */
function messageResource(carrier: SimulatedCarrier, message: Message) {
  const uri = `${messagesPath(carrier)}/${message.sid}`;
  return {
    account_sid: carrier.options.accountSid,
    api_version: '2010-04-01',
    body: message.body,
    date_created: rfc2822(message.createdAt),
    date_sent: message.sentAt && rfc2822(message.sentAt),
    date_updated: rfc2822(message.updatedAt),
    direction: message.direction,
    error_code: message.errorCode,
    error_message: message.errorCode && errorText(message.errorCode),
    from: message.from,
    messaging_service_sid: message.messagingServiceSid,
    num_media: String(message.media.length),
    num_segments: message.from === null ? '0' : String(message.segments),
    price: null,
    price_unit: 'USD',
    sid: message.sid,
    status: message.status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: message.to,
    uri: `${uri}.json`,
  };
}

/** GET Media.json: the pictures and other files of a message, in pages. */
function listMedia(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const message = messageOf(carrier, call);
  const isInWindow = windowOf(call.query, 'DateCreated');
  const media = isInWindow(message.createdAt.getTime()) ? mediaOf(carrier, message) : [];
  return readWithFaults(carrier, call, personOf(message), () => {
    sendJson(call, 200, mediaPage(`${messagesPath(carrier)}/${message.sid}/Media.json`, call.query, media));
  });
}

function mediaPage(path: string, query: URLSearchParams, media: readonly MediaResource[]) {
  const { size, page } = pageAsked(query);
  const start = page * size;
  const shown = media.slice(start, start + size);
  const uri = (other: number): string => pageUri(path, query, size, other, null);
  return {
    end: start + Math.max(shown.length - 1, 0),
    first_page_uri: uri(0),
    media_list: shown,
    next_page_uri: media.length > start + size ? uri(page + 1) : null,
    page,
    page_size: size,
    previous_page_uri: page > 0 ? uri(page - 1) : null,
    start,
    uri: uri(page),
  };
}

function fetchMedium(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const message = messageOf(carrier, call);
  const medium = mediaOf(carrier, message).find(({ sid }) => sid === call.params[2]);
  if (medium === undefined) throw new RestError(20404);
  return readWithFaults(carrier, call, personOf(message), () => sendJson(call, 200, medium));
}

type MediaResource = ReturnType<typeof mediaOf>[number];

/** The media of a message as the REST API shows them. Source: Twilio's Media subresource, API version 2010-04-01. */
function mediaOf(carrier: SimulatedCarrier, message: Message) {
  return message.media.map((url, index) => {
    const hash = createHash('sha256').update(`${message.sid} ${index}`).digest('hex');
    const sid = `ME${hash.slice(0, 32)}`;
    return {
      account_sid: carrier.options.accountSid,
      content_type: mediaTypeOf(url),
      date_created: rfc2822(message.createdAt),
      date_updated: rfc2822(message.createdAt),
      parent_sid: message.sid,
      sid,
      uri: `${messagesPath(carrier)}/${message.sid}/Media/${sid}.json`,
    };
  });
}

/** Path of the account's messages, without an extension. */
function messagesPath(carrier: SimulatedCarrier): string {
  return `/2010-04-01/Accounts/${carrier.options.accountSid}/Messages`;
}

function rfc2822(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

const MESSAGES = /^\/2010-04-01\/Accounts\/([^/]+)\/Messages\.json$/;
const ONE_MESSAGE = /^\/2010-04-01\/Accounts\/([^/]+)\/Messages\/([^/]+)\.json$/;
const MEDIA = /^\/2010-04-01\/Accounts\/([^/]+)\/Messages\/([^/]+)\/Media\.json$/;
const ONE_MEDIUM = /^\/2010-04-01\/Accounts\/([^/]+)\/Messages\/([^/]+)\/Media\/([^/]+)\.json$/;

/** Twilio's REST API, all behind HTTP basic authentication but the signed file. */
export function restRoutes(carrier: SimulatedCarrier): SimulatorRoute[] {
  const { accountSid, authToken } = carrier.options;
  const expected = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const guarded = (run: SimulatorRoute['run']): SimulatorRoute['run'] => {
    return (call) => {
      if (call.request.headers.authorization !== expected) throw new RestError(20003);
      if (call.path.startsWith('/2010-04-01/') && call.params[0] !== accountSid) throw new RestError(20404);
      if (carrier.suspended) throw new RestError(20005);
      return run(call);
    };
  };
  return [
    { method: 'POST', path: MESSAGES, run: guarded((call) => createMessage(carrier, call)) },
    { method: 'GET', path: MESSAGES, run: guarded((call) => listMessages(carrier, call)) },
    { method: 'GET', path: ONE_MESSAGE, run: guarded((call) => fetchMessage(carrier, call)) },
    { method: 'POST', path: ONE_MESSAGE, run: guarded((call) => updateMessage(carrier, call)) },
    { method: 'DELETE', path: ONE_MESSAGE, run: guarded((call) => deleteMessage(carrier, call)) },
    { method: 'GET', path: MEDIA, run: guarded((call) => listMedia(carrier, call)) },
    { method: 'GET', path: ONE_MEDIUM, run: guarded((call) => fetchMedium(carrier, call)) },
    ...numberRoutes(carrier, guarded),
    { method: 'GET', path: /^\/v2\/PhoneNumbers\/([^/]+)$/, run: guarded((call) => lookUp(carrier, call)) },
    {
      method: 'GET',
      path: /^\/v1\/Deactivations$/,
      run: guarded((call) => listDeactivations(carrier, call)),
    },
    {
      method: 'GET',
      path: /^\/sim\/files\/deactivations\/(\d{4}-\d\d-\d\d)\.txt$/,
      run: (call) => deactivationFile(carrier, call),
    },
  ];
}

function messageOf(carrier: SimulatedCarrier, { params }: SimulatorCall): Message {
  const message = carrier.messages.bySid.get(params[1] ?? '');
  if (!message?.listed) throw new RestError(20404);
  return message;
}

function fetchMessage(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const message = messageOf(carrier, call);
  const answer = () => sendJson(call, 200, messageResource(carrier, message));
  return readWithFaults(carrier, call, personOf(message), answer);
}

/** Only two changes exist: an empty Body redacts, Status=canceled takes a scheduled message back. */
async function updateMessage(carrier: SimulatedCarrier, call: SimulatorCall): Promise<void> {
  const form = new URLSearchParams(await readText(call));
  const message = messageOf(carrier, call);
  const body = form.get('Body');
  const status = form.get('Status');
  if (status !== null) {
    if (status !== 'canceled') throw new RestError(20001);
    if (message.status !== 'scheduled') throw new RestError(30409);
    cancelScheduled(carrier, message);
  }
  if (body !== null) {
    if (body !== '') throw new RestError(20001);
    message.body = '';
  }
  sendJson(call, 200, messageResource(carrier, message));
}

function deleteMessage(carrier: SimulatedCarrier, call: SimulatorCall): void {
  const message = messageOf(carrier, call);
  if (!FINAL_STATUSES.includes(message.status)) throw new RestError(20009);
  carrier.messages.bySid.delete(message.sid);
  sendEmpty(call, 204);
}
