import type { Person } from '../domain/consent/person.ts';
import type { Program } from '../domain/program.ts';
import { mayReceive, type Reason, type Verdict } from '../domain/sending/may-receive.ts';
import type { DeliveryDoc } from '../store/deliveries.ts';

/** Milliseconds of a process's own monotonic clock. */
export type Monotonic = () => number;

/** Lease of a flag: from before it is asked for until the last moment a hand-over may begin. Never renewed. */
export const LEASE_MS = 3000;

/** What a process may hand over at most once, and only before its deadline. Made by `clear` alone. */
class ClearedMessage {
  readonly #deadline: number;
  readonly #now: Monotonic;
  #spent = false;
  readonly delivery: string;
  readonly epoch: number;
  readonly from: string;
  readonly service: string | null;
  readonly to: string;
  readonly text: string;

  constructor(row: DeliveryDoc, words: Words, deadline: number, now: Monotonic) {
    this.delivery = row._id;
    this.epoch = row.epoch;
    this.from = row.sender;
    this.service = row.service;
    this.to = words.to;
    this.text = words.text;
    this.#deadline = deadline;
    this.#now = now;
  }

  /** True once, and only before the deadline: the caller writes to the socket in the same tick. */
  takeTurn(): boolean {
    const first = !this.#spent && this.#now() < this.#deadline;
    this.#spent = true;
    return first;
  }
}

/** The only value that `handOver` takes; nothing outside this file can make one. */
export type Cleared = ClearedMessage;

/** Number and text of a row, opened. */
export type Words = { to: string; text: string };

/** Facts of one decision, read after the flag was raised. */
export type Facts = {
  person: Person;
  program: Program | null;
  /** Blind index of `words.to`, computed anew. */
  index: string;
  now: Date;
};

export type Decision = { cleared: Cleared } | { refused: Reason[] };

/**
 * Decides about one flagged row on fresh facts. A number that is not the row's own, a person without
 * confirmed consent, a standing suppression: refused, with reasons.
 */
export function clear(
  row: DeliveryDoc,
  words: Words,
  facts: Facts,
  deadline: number,
  monotonic: Monotonic,
): Decision {
  if (facts.index !== row.index) return { refused: ['number-changed'] };
  const verdict = judge(row, facts);
  if (!verdict.allowed) return { refused: verdict.reasons };
  return { cleared: new ClearedMessage(row, words, deadline, monotonic) };
}

function judge(row: DeliveryDoc, { person, program, now }: Facts): Verdict {
  const { sender, service, topic } = row;
  const request = {
    class: row.class,
    target: { program: row.program, topic, sender, service },
    answers: row.answers,
    own: row.own,
    promptOpen: person.prompts.some((one) => one.id === row.prompt && one.state === 'open'),
  };
  return mayReceive(request, person, program, now);
}

/** How one hand-over ended. `late`: it provably did not begin. */
export type HandOver =
  | { delivery: string; epoch: number; result: 'accepted'; carrierSid: string | null; at: Date }
  | { delivery: string; epoch: number; result: 'late' | 'unknown'; why: string }
  | { delivery: string; epoch: number; result: 'refused'; code: string }
  | { delivery: string; epoch: number; result: 'put-back'; why: string };

/** Moves cleared messages to the carrier: REST, or the TwiML of one HTTP response. */
export type Transport = (cleared: readonly Cleared[]) => Promise<HandOver[]>;

/** The one door out. Every message to a carrier passes here, and nothing passes that `clear` did not make. */
export async function handOver(cleared: readonly Cleared[], transport: Transport): Promise<HandOver[]> {
  return transport(cleared);
}
