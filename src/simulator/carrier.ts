import type { Behaviour } from './behaviours.ts';
import { seededDraws } from './draws.ts';
import type { Connections } from './form-post.ts';
import { openConnections } from './form-post.ts';
import type { LedgerEntry, NewEntry } from './ledger.ts';
import { beginEntry } from './ledger.ts';
import type { Message } from './message.ts';
import { personOf } from './message.ts';
import type { OwnNumber, SimulatorOptions } from './options.ts';
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
  draw: () => number;
  behaviours: Behaviour[];
  messages: Map<string, Message>;
  byPerson: Map<string, Message[]>;
  /** One key per block, scope and person. */
  blocks: Set<string>;
  /** Every inbound webhook by MessageSid, so that it can be posted again. */
  inbound: Map<string, InboundPost>;
  /** Inbound texts whose answer has been acted on; a later answer to the same text is ignored. */
  executed: Set<string>;
  /** Events held back until the next of the same kind has gone, by key. */
  held: Map<string, (() => void)[]>;
  ledger: LedgerEntry[];
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
    ...blankState(options.seed),
  };
}

function blankState(seed: number) {
  return {
    draw: seededDraws(seed),
    behaviours: [] as Behaviour[],
    messages: new Map<string, Message>(),
    byPerson: new Map<string, Message[]>(),
    blocks: new Set<string>(),
    inbound: new Map<string, InboundPost>(),
    executed: new Set<string>(),
    held: new Map<string, (() => void)[]>(),
    ledger: [] as LedgerEntry[],
    debugger: [] as DebuggerEntry[],
    deactivations: new Map<string, string[]>(),
  };
}

/** Back to the first moment: no messages, behaviours, blocks or records, and nothing still to come. */
export function resetCarrier(carrier: Carrier): void {
  carrier.timers.callOff();
  Object.assign(carrier, blankState(carrier.options.seed));
}

export function ownNumber(carrier: Carrier, number: string): OwnNumber | undefined {
  return carrier.options.numbers.find((own) => own.number === number);
}

export function keepMessage(carrier: Carrier, message: Message): void {
  carrier.messages.set(message.sid, message);
  const person = personOf(message);
  const conversation = carrier.byPerson.get(person);
  if (conversation) conversation.push(message);
  else carrier.byPerson.set(person, [message]);
}

export function record(carrier: Carrier, entry: Omit<NewEntry, 'at'>): LedgerEntry {
  const begun = beginEntry({ at: carrier.now(), ...entry });
  carrier.ledger.push(begun);
  return begun;
}
