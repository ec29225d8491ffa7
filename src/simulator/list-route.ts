import type { Carrier } from './carrier.ts';
import type { Call } from './http-call.ts';
import { sendJson } from './http-call.ts';
import type { Message } from './message.ts';
import { messageResource, messagesPath } from './message-resource.ts';
import { RestError } from './rest-error.ts';

const PAGE_SIZE = { usual: 50, most: 1000 };
const DAY_MS = 24 * 3600 * 1000;

/** GET Messages.json: newest first, filtered by To, From and the three forms of DateSent, in pages. */
export function listMessages(carrier: Carrier, call: Call): void {
  const { query } = call;
  const size = Math.min(Math.max(Number(query.get('PageSize')) || PAGE_SIZE.usual, 1), PAGE_SIZE.most);
  const page = Number(query.get('Page')) || 0;
  const found = matching(carrier, query);
  // A page begins after the last message of the one before, so that new arrivals do not shift it.
  const after = query.get('PageToken')?.slice(2) ?? null;
  const start = after === null ? page * size : found.findIndex((message) => message.sid === after) + 1;
  const shown = found.slice(start, start + size);
  const last = shown.at(-1);
  const hasMore = last !== undefined && start + size < found.length;
  sendJson(call, 200, {
    end: page * size + Math.max(shown.length - 1, 0),
    first_page_uri: pageUri(carrier, query, size, 0, null),
    messages: shown.map((message) => messageResource(carrier, message)),
    next_page_uri: hasMore ? pageUri(carrier, query, size, page + 1, last.sid) : null,
    page,
    page_size: size,
    previous_page_uri: page > 0 ? pageUri(carrier, query, size, page - 1, null) : null,
    start: page * size,
    uri: pageUri(carrier, query, size, page, after),
  });
}

function pageUri(carrier: Carrier, query: URLSearchParams, size: number, page: number, after: string | null) {
  const parameters = new URLSearchParams(query);
  parameters.set('PageSize', String(size));
  parameters.set('Page', String(page));
  if (after === null) parameters.delete('PageToken');
  else parameters.set('PageToken', `PA${after}`);
  return `${messagesPath(carrier)}.json?${parameters}`;
}

function matching(carrier: Carrier, query: URLSearchParams): Message[] {
  const to = query.get('To');
  const from = query.get('From');
  const isInWindow = windowOf(query);
  const visibleAt = performance.now();
  const candidates = (to && carrier.byPerson.get(to)) ||
    (from && carrier.byPerson.get(from)) || [...carrier.messages.values()];
  return candidates
    .filter(
      (message) =>
        carrier.messages.has(message.sid) &&
        message.listed &&
        message.listedFrom <= visibleAt &&
        (!to || message.to === to) &&
        (!from || message.from === from) &&
        isInWindow((message.sentAt ?? message.createdAt).getTime()),
    )
    .reverse();
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
