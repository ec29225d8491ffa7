import type { Carrier } from './carrier.ts';
import type { Message } from './message.ts';

/** A message as a handset shows it; `at` is when it was texted or arrived, or else last changed. */
export function shownMessage(message: Message) {
  return {
    direction: message.direction === 'inbound' ? ('in' as const) : ('out' as const),
    from: message.from,
    to: message.to,
    body: message.body,
    media: message.media,
    at: message.handsetAt ?? message.updatedAt,
    sid: message.sid,
    status: message.status,
    errorCode: message.errorCode,
  };
}

/** What a handset texted and what reached it, in the order in which it happened. */
export function handsetMessages(carrier: Carrier, number: string) {
  const messages = carrier.messages.byPerson.get(number) ?? [];
  return messages
    .filter((message) => message.handsetAt !== null)
    .map(shownMessage)
    .sort((one, other) => one.at.getTime() - other.at.getTime());
}
