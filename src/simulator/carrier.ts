import { type Behaviours, behave } from './control/behaviours.ts';
import type { Connections } from './hooks/form-post.ts';
import { openConnections } from './hooks/form-post.ts';
import type { Ledger, LedgerEntry, NewEntry } from './ledger.ts';
import { enter } from './ledger.ts';
import type { Message } from './message.ts';
import type { MessageStore } from './message-store.ts';
import { emptyStore, forgetOldest, keep } from './message-store.ts';
import type { OwnNumber, SharedKey, SimulatorOptions } from './options.ts';
import type { SenderQueue } from './sender-queue.ts';
import { Timers } from './timers.ts';

/** An entry of the account's debugger: something the gateway answered wrongly or not at all. */
export type DebuggerEntry = { code: number; at: Date; sid: string; url: string; message: string };

/** What is posted for one inbound text, the same on every try. */
export type InboundPost = { own: OwnNumber; message: Message; form: Record<string, string>; token: string };

/** Everything the carrier knows. Kept in memory, forgotten on reset. */
export type Carrier = {
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
  underWay: Set<Promise<unknown>>;
  /** One key per block, scope and person. */
  blocks: Set<string>;
  /** Every inbound webhook by MessageSid, so that it can be posted again. */
  inbound: Map<string, InboundPost>;
  /** Inbound texts whose answer has been acted on; a later answer to the same text is ignored. */
  executed: Set<string>;
  /** Events held back until the next of the same kind has gone, by key. */
  held: Map<string, (() => void)[]>;
  ledger: Ledger;
  debugger: DebuggerEntry[];
  /** Deactivated numbers by date, YYYY-MM-DD. */
  deactivations: Map<string, string[]>;
};

export function newCarrier(options: SimulatorOptions): Carrier {
  return {
    options,
    url: '',
    now: options.now ?? (() => new Date()),
    timers: new Timers(),
    connections: openConnections(),
    creating: 0,
    underWay: new Set(),
    ...blankState(),
  };
}

function blankState() {
  return {
    behaviours: behave([]),
    messages: emptyStore(),
    queues: new Map<string, SenderQueue>(),
    suspended: false,
    signingKey: null as SharedKey | null,
    blocks: new Set<string>(),
    inbound: new Map<string, InboundPost>(),
    executed: new Set<string>(),
    held: new Map<string, (() => void)[]>(),
    ledger: { entries: [], next: 1 } as Ledger,
    debugger: [] as DebuggerEntry[],
    deactivations: new Map<string, string[]>(),
  };
}

/** Back to the first moment: no messages, behaviours, blocks or records, and nothing still to come. */
export function resetCarrier(carrier: Carrier): void {
  carrier.timers.callOff();
  Object.assign(carrier, blankState());
}

export function ownNumber(carrier: Carrier, number: string): OwnNumber | undefined {
  return carrier.options.numbers.find((own) => own.number === number);
}

/** Counts work as under way until it is done. */
export function track(carrier: Carrier, work: Promise<unknown>): void {
  const tracked = work.finally(() => carrier.underWay.delete(tracked));
  carrier.underWay.add(tracked);
}

/** Resolves once no message is on its way and nothing is left to post about one. */
export async function whenIdle(carrier: Carrier): Promise<void> {
  while (carrier.underWay.size > 0) await Promise.all(carrier.underWay);
}

/** Keeps a message; the oldest are forgotten where a limit is set. */
export function keepMessage(carrier: Carrier, message: Message): void {
  forgetTraces(carrier, keep(carrier.messages, message));
}

/** Sets how many messages are kept; null keeps all. */
export function limitMessages(carrier: Carrier, limit: number | null): void {
  carrier.messages.limit = limit;
  forgetTraces(carrier, forgetOldest(carrier.messages));
}

function forgetTraces(carrier: Carrier, forgotten: readonly Message[]): void {
  for (const { sid } of forgotten) {
    carrier.inbound.delete(sid);
    carrier.executed.delete(sid);
  }
}

export function record(carrier: Carrier, entry: Omit<NewEntry, 'at'>): LedgerEntry {
  return enter(carrier.ledger, { at: carrier.now(), ...entry });
}
