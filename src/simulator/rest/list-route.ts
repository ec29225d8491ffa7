import { DAY_MS } from '../../domain/durations.ts';
import { type Carrier, ownNumber } from '../carrier.ts';
import type { Call } from '../http-call.ts';
import { sendJson } from '../http-call.ts';
import type { Message } from '../message.ts';
import { newestFirst } from '../message-store.ts';
import { RestError } from './error.ts';
import { readWithFaults } from './faults.ts';
import { messageResource, messagesPath } from './message-resource.ts';

const PAGE_SIZE = { usual: 50, most: 1000 };

/** GET Messages.json: newest first, filtered by To, From and the three forms of DateSent, in pages. */
export function listMessages(carrier: Carrier, call: Call): Promise<void> {
  const { query } = call;
  const person = query.get('To') ?? query.get('From') ?? '';
  return readWithFaults(carrier, call, person, () => sendJson(call, 200, pageOf(carrier, query)));
}

function pageOf(carrier: Carrier, query: URLSearchParams) {
  const size = Math.min(Math.max(Number(query.get('PageSize')) || PAGE_SIZE.usual, 1), PAGE_SIZE.most);
  const page = Number(query.get('Page')) || 0;
  const token = query.get('PageToken');
  const before = token === null ? Number.POSITIVE_INFINITY : positionIn(token);
  // Without a token the pages before are skipped by count, as new arrivals may then shift them.
  const skip = token === null ? page * size : 0;
  const found = firstMatching(carrier, query, before, skip + size + 1).slice(skip);
  const shown = found.slice(0, size);
  const last = shown.at(-1);
  const next = last && found.length > size ? pageUri(carrier, query, size, page + 1, last.position) : null;
  return {
    end: page * size + Math.max(shown.length - 1, 0),
    first_page_uri: pageUri(carrier, query, size, 0, null),
    messages: shown.map((message) => messageResource(carrier, message)),
    next_page_uri: next,
    page,
    page_size: size,
    previous_page_uri: page > 0 ? pageUri(carrier, query, size, page - 1, null) : null,
    start: page * size,
    uri: pageUri(carrier, query, size, page, token === null ? null : before),
  };
}

/** A page begins after the last message of the one before, whose position the token holds. */
function positionIn(token: string): number {
  if (!/^PA\d{1,15}$/.test(token)) throw new RestError(20001);
  return Number(token.slice(2));
}

function pageUri(
  carrier: Carrier,
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
  return `${messagesPath(carrier)}.json?${parameters}`;
}

function firstMatching(carrier: Carrier, query: URLSearchParams, before: number, most: number): Message[] {
  const { messages } = carrier;
  const to = query.get('To');
  const from = query.get('From');
  const isInWindow = windowOf(query);
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
function windowOf(query: URLSearchParams): (time: number) => boolean {
  const on = moment(query.get('DateSent'));
  const before = moment(query.get('DateSent<'));
  const after = moment(query.get('DateSent>'));
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
