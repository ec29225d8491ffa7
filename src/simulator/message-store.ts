import type { Message } from './message.ts';
import { personOf } from './message.ts';

/** The messages of the account, by every key that they are looked up with. */
export type MessageStore = {
  /** Without those that the account has deleted. */
  bySid: Map<string, Message>;
  byPerson: Map<string, Message[]>;
  byPosition: Map<number, Message>;
  /** Positions go up by one with each message; these are the oldest kept one and the next. */
  first: number;
  next: number;
  /** How many are kept, the oldest are forgotten; null keeps all. */
  limit: number | null;
};

export function emptyStore(): MessageStore {
  return {
    bySid: new Map(),
    byPerson: new Map(),
    byPosition: new Map(),
    first: 0,
    next: 0,
    limit: null,
  };
}

/** Keeps a message and gives it its position. Returns those that were forgotten for it. */
export function keep(store: MessageStore, message: Message): Message[] {
  message.position = store.next;
  store.next += 1;
  store.bySid.set(message.sid, message);
  store.byPosition.set(message.position, message);
  const person = personOf(message);
  const conversation = store.byPerson.get(person);
  if (conversation) conversation.push(message);
  else store.byPerson.set(person, [message]);
  return forgetOldest(store);
}

/** Forgets the oldest messages, whatever their state, until no more than the limit is left; returns them. */
export function forgetOldest(store: MessageStore): Message[] {
  const forgotten: Message[] = [];
  while (store.limit !== null && store.next - store.first > store.limit) {
    const oldest = store.byPosition.get(store.first);
    store.byPosition.delete(store.first);
    store.first += 1;
    if (!oldest) continue;
    forgotten.push(oldest);
    store.bySid.delete(oldest.sid);
    const person = personOf(oldest);
    const conversation = store.byPerson.get(person);
    conversation?.shift();
    if (conversation?.length === 0) store.byPerson.delete(person);
  }
  return forgotten;
}

/** Messages before a position, newest first; of one person's conversation when `person` has one. */
export function* newestFirst(store: MessageStore, before: number, person: string | null): Generator<Message> {
  const conversation = person === null ? undefined : store.byPerson.get(person);
  if (conversation) {
    for (let index = conversation.length - 1; index >= 0; index -= 1) {
      const message = conversation[index];
      if (message && message.position < before) yield message;
    }
    return;
  }
  for (let position = Math.min(before, store.next) - 1; position >= store.first; position -= 1) {
    const message = store.byPosition.get(position);
    if (message) yield message;
  }
}
