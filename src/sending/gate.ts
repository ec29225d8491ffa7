import type { SenderStop } from '../domain/carrier-trouble.ts';
import type { ConsentState } from '../domain/consent/consent-state.ts';
import { isStillAsked } from '../domain/consent/prompts.ts';
import type { DecidedWhere } from '../domain/hours/zones-of-person.ts';
import { channelOf } from '../domain/numbers.ts';
import type { Handling, Program } from '../domain/program.ts';
import { mayReceive, type Reason, type SendVerdict } from '../domain/sending/send-rules.ts';
import { goodUntil } from '../domain/sending/validity.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import type { MessageContent } from '../store/deliveries/new-delivery.ts';

/** Milliseconds of a process's own monotonic clock. */
export type Monotonic = () => number;

/** A process's clocks: its own monotonic one, and the wall's. */
export type GateClock = { monotonic: Monotonic; now: () => Date };

/**
 * The last moment at which a hand-over may begin, on both clocks: the monotonic one of a machine that was suspended
 * stood still meanwhile, and the wall's may be stepped.
 */
export type Deadline = { monotonic: number; wall: number };

/**
 * Lease of a flag: from before it is asked for until the last moment at which a hand-over may begin, or a byte of it be
 * on its way out of this machine. Never renewed.
 */
export const FLAG_LEASE_MS = 3000;

/** Deadline of a flag that is asked for at this moment. */
export const deadlineFrom = (monotonic: number, at: Date): Deadline => ({
  monotonic: monotonic + FLAG_LEASE_MS,
  wall: at.getTime() + FLAG_LEASE_MS,
});

/** Never leaves this file: whoever reaches the class through a value's `constructor` still cannot make one. */
const KEY = Symbol('gate');

/** What a process may hand over at most once, and only before its deadline. Made by `clear` alone. */
class ClearedMessage {
  readonly #deadline: Deadline;
  readonly #clock: GateClock;
  #spent = false;
  /** Names the row and the decision in whatever becomes of it. */
  readonly ref: ClearedRef;
  /** Our number that it counts as from: pace, blocks and news of the carrier's are its own. */
  readonly sender: string;
  /** Our address, verbatim where it answers a text: "rcs:..." too. */
  readonly from: string;
  readonly service: string | null;
  readonly to: string;
  readonly text: string;
  readonly media: readonly string[];
  /** Moment after which the carrier shall not deliver it either (`goodUntil`); null: never. */
  readonly validUntil: Date | null;

  constructor(key: symbol, { row, words, decidedAt, where, validUntil, deadline, clock }: Making) {
    if (key !== KEY) throw new TypeError('only the gate clears a message');
    this.ref = { delivery: row._id, epoch: row.epoch, decidedAt, ...(where && { where }) };
    this.sender = row.sender;
    this.from = words.from ?? row.sender;
    this.service = serviceFor(row, this.from);
    this.to = words.to;
    this.text = words.text;
    this.media = Object.freeze([...(words.media ?? [])]);
    this.validUntil = validUntil;
    this.#deadline = deadline;
    this.#clock = clock;
    Object.freeze(this.ref);
    Object.freeze(this);
  }

  /** False for whatever merely looks like one. */
  static made(one: object): boolean {
    return #spent in one;
  }

  /** Until the deadline, by the clock that says less, ms; 0 or less when it has passed. */
  msLeft(): number {
    const { monotonic, wall } = this.#deadline;
    return Math.min(monotonic - this.#clock.monotonic(), wall - this.#clock.now().getTime());
  }

  /** True once, only while it is good and more than `leastMs` is left: the caller writes to the socket in the same tick. */
  takeTurn(leastMs = 0): boolean {
    const first = !this.#spent && this.msLeft() > leastMs && isGood(this.validUntil, this.#clock.now());
    this.#spent = true;
    return first;
  }
}

type Making = {
  row: DeliveryDoc;
  words: MessageContent;
  decidedAt: Date;
  where: DecidedWhere | undefined;
  validUntil: Date | null;
  deadline: Deadline;
  clock: GateClock;
};

/** A channel's own address goes by that channel alone: with a Messaging Service the carrier may fall back to another. */
const serviceFor = ({ service }: DeliveryDoc, from: string): string | null =>
  channelOf(from) === null ? service : null;

/** The shortest validity that a carrier takes, ms: with less left, it would hold a message longer than it is good. */
const LEAST_VALIDITY_MS = 1000;

const isGood = (until: Date | null, now: Date): boolean =>
  until === null || until.getTime() - now.getTime() >= LEAST_VALIDITY_MS;

/** The only value that `handOver` takes; nothing outside this file can make one. */
export type Cleared = ClearedMessage;

/** Facts of one decision, read after the flag was raised. */
type Facts = {
  person: ConsentState;
  program: Program | null;
  /** Who handles opt-outs on the number it leaves from; null where that is none of ours any more. */
  handling: Handling | null;
  /** Blind index of `words.to`, computed anew. */
  index: string;
  now: Date;
  /** When the hours end in which it may be sent; null where none bind it. */
  hoursEnd: Date | null;
  /** Where the person was taken to be as those were looked at. */
  where?: DecidedWhere | undefined;
};

type Decision = { cleared: Cleared } | { refused: Reason[] };

/**
 * Decides about one flagged row on fresh facts. A number that is not the row's own, a person without
 * confirmed consent, a standing suppression: refused, with reasons.
 */
export function clear(
  row: DeliveryDoc,
  words: MessageContent,
  facts: Facts,
  deadline: Deadline,
  clock: GateClock,
): Decision {
  if (facts.index !== row.index) return { refused: ['number-changed'] };
  const { validUntil: end = null } = row;
  if (!isGood(end, facts.now)) return { refused: ['too-late'] };
  const verdict = verdictOn(row, facts);
  if (!verdict.allowed) return { refused: verdict.reasons };
  const ends = { class: row.class, end, hoursEnd: facts.hoursEnd, answers: row.answers };
  const validUntil = goodUntil(ends, facts.now);
  const making = { row, words, decidedAt: facts.now, where: facts.where, validUntil, deadline, clock };
  return { cleared: new ClearedMessage(KEY, making) };
}

/** What the pure table says of a row on some facts: asked when a reply is planned, and again after its claim. */
export function verdictOn(
  row: DeliveryDoc,
  { person, program, handling, now }: Pick<Facts, 'person' | 'program' | 'handling' | 'now'>,
): SendVerdict {
  const { sender, service, topic } = row;
  const request = {
    class: row.class,
    target: { program: row.program, topic, sender, service },
    answers: row.answers,
    own: row.own,
    asks: row.prompt !== null,
    promptOpen: isStillAsked(person, row.prompt, now),
    handling,
  };
  return mayReceive(request, person, program, now);
}

/** One row under one epoch, when it was decided that it may go, and where its person was taken to be, where hours bind it. */
export type ClearedRef = { delivery: string; epoch: number; decidedAt: Date; where?: DecidedWhere };

/** How one hand-over ended. `begunAt`: the tick of its socket write; `put-back`: the carrier provably made no message of it. */
export type HandOver = ClearedRef &
  (
    | { result: 'accepted'; carrierSid: string; begunAt: Date; at: Date }
    | { result: 'unknown'; why: string }
    | { result: 'refused'; code: string }
    | { result: 'put-back'; why: string; afterMs?: number; stop?: SenderStop; triedAgain?: true }
  );

/** Asked in the tick that writes a message to the socket. False: nothing is written, and it is put back unspent. */
export type MayWrite = () => boolean;

/** Moves cleared messages to the carrier. */
export type Transport = (cleared: readonly Cleared[], mayWrite: MayWrite) => Promise<HandOver[]>;

/** The one door out. Every message to a carrier passes here, and nothing passes that `clear` did not make: TypeError. */
export async function handOver(
  cleared: readonly Cleared[],
  transport: Transport,
  mayWrite: MayWrite = () => true,
): Promise<HandOver[]> {
  if (!cleared.every(ClearedMessage.made)) throw new TypeError('the gate did not clear it');
  return transport(cleared, mayWrite);
}
