import { type Behaviours, enforceBehaviours } from './behaviours.ts';
import { type Connections, openConnections } from './form-post.ts';
import { type CarrierLedgerEntry, enter, type Ledger, type NewEntry } from './ledger.ts';
import { type Message, personOf } from './message.ts';
import type { OptOutSets } from './opt-out-sets.ts';
import type { OwnNumber, SharedKey, SimulatorOptions } from './options.ts';
import type { SenderQueue } from './sender-queue.ts';
import { Timers } from './timers.ts';

/** An entry of the account's debugger: something the gateway answered wrongly or not at all. */
type DebuggerEntry = { code: number; at: Date; sid: string; url: string; message: string };

/** What is posted for one inbound text, the same on every try. */
export type InboundPost = { own: OwnNumber; message: Message; form: Record<string, string>; token: string };

/** Everything the carrier knows. Kept in memory, forgotten on reset. */
export type SimulatedCarrier = {
  options: SimulatorOptions;
  /** Own address, "http://127.0.0.1:4010". */
  url: string;
  now: () => Date;
  timers: Timers;
  connections: Connections;
  behaviours: Behaviours;
  messages: MessageStore;
  /** Queues of the numbers and Messaging Services that have a rate. */
  queues: Map<string, SenderQueue>;
  /** A suspended account is refused every REST call, and what waits in its queues fails. */
  suspended: boolean;
  /** Signs what is posted; null: the auth token does. */
  signingKey: SharedKey | null;
  /** Create calls that have not been answered. */
  creating: number;
  /** Messages on their way, and posts about them. */
  unfinishedWork: Set<Promise<unknown>>;
  /** One key per block, scope and person. */
  blocks: Set<string>;
  /** Keywords and replies of Advanced Opt-Out by Messaging Service, where they were changed. */
  optOutSets: Map<string, OptOutSets>;
  /** Every inbound webhook by MessageSid, so that it can be posted again. */
  inbound: Map<string, InboundPost>;
  /** Inbound texts whose answer has been acted on; a later answer to the same text is ignored. */
  actedOn: Set<string>;
  /** Events held back until the next of the same kind has gone, by key. */
  heldEvents: Map<string, (() => void)[]>;
  ledger: Ledger;
  debugger: DebuggerEntry[];
  /** Deactivated numbers by date, YYYY-MM-DD. */
  deactivations: Map<string, string[]>;
};

export function newCarrier(options: SimulatorOptions): SimulatedCarrier {
  return {
    options,
    url: '',
    now: options.now ?? (() => new Date()),
    timers: new Timers(),
    connections: openConnections(options.gatewayPort),
    creating: 0,
    unfinishedWork: new Set(),
    ...blankState(),
  };
}

function blankState() {
  return {
    behaviours: enforceBehaviours([]),
    messages: emptyStore(),
    queues: new Map<string, SenderQueue>(),
    suspended: false,
    signingKey: null as SharedKey | null,
    blocks: new Set<string>(),
    optOutSets: new Map<string, OptOutSets>(),
    inbound: new Map<string, InboundPost>(),
    actedOn: new Set<string>(),
    heldEvents: new Map<string, (() => void)[]>(),
    ledger: { entries: [], next: 1 } as Ledger,
    debugger: [] as DebuggerEntry[],
    deactivations: new Map<string, string[]>(),
  };
}

/** Back to the first moment: no messages, behaviours, blocks or records, and nothing still to come. */
export function resetCarrier(carrier: SimulatedCarrier): void {
  carrier.timers.cancelAll();
  Object.assign(carrier, blankState());
}

export function ownNumber(carrier: SimulatedCarrier, number: string): OwnNumber | undefined {
  return carrier.options.numbers.find((own) => own.number === number);
}

/** Counts work as under way until it is done. */
export function track(carrier: SimulatedCarrier, work: Promise<unknown>): void {
  const tracked = work.finally(() => carrier.unfinishedWork.delete(tracked));
  carrier.unfinishedWork.add(tracked);
}

/** Resolves once no message is on its way and nothing is left to post about one. */
export async function whenIdle(carrier: SimulatedCarrier): Promise<void> {
  while (carrier.unfinishedWork.size > 0) await Promise.all(carrier.unfinishedWork);
}

/** Keeps a message; the oldest are forgotten where a limit is set. */
export function keepMessage(carrier: SimulatedCarrier, message: Message): void {
  forgetTraces(carrier, keep(carrier.messages, message));
}

/** Sets how many messages are kept; null keeps all. */
export function limitMessages(carrier: SimulatedCarrier, limit: number | null): void {
  carrier.messages.limit = limit;
  forgetTraces(carrier, forgetOldest(carrier.messages));
}

function forgetTraces(carrier: SimulatedCarrier, forgotten: readonly Message[]): void {
  for (const { sid } of forgotten) {
    carrier.inbound.delete(sid);
    carrier.actedOn.delete(sid);
  }
}

export function record(carrier: SimulatedCarrier, entry: Omit<NewEntry, 'at'>): CarrierLedgerEntry {
  return enter(carrier.ledger, { at: carrier.now(), ...entry });
}

/** The messages of the account, by every key that they are looked up with. */
type MessageStore = {
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

function emptyStore(): MessageStore {
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
function keep(store: MessageStore, message: Message): Message[] {
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
function forgetOldest(store: MessageStore): Message[] {
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
