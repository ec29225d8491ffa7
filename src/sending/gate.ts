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

/** A process's clocks: its monotonic clock and the wall clock. */
export type GateClock = { monotonic: Monotonic; now: () => Date };

/**
 * The last moment at which a hand-over may begin, on both clocks. The monotonic clock stands still while a machine is
 * suspended, and the wall clock may be stepped.
 */
export type Deadline = { monotonic: number; wall: number };

/**
 * Lease of a claim, ms. The lease begins before the claim is written. After its end no hand-over may begin, and no
 * byte may be sent from this machine. A lease is never renewed.
 */
export const CLAIM_LEASE_MS = 3000;

/** Deadline of a claim that is requested at this moment. */
export const deadlineFrom = (monotonic: number, at: Date): Deadline => ({
  monotonic: monotonic + CLAIM_LEASE_MS,
  wall: at.getTime() + CLAIM_LEASE_MS,
});

/**
 * Never leaves this file. Code that reaches the class through a value's `constructor` still cannot make an instance.
 */
const KEY = Symbol('gate');

/** A message that a process may hand over at most once, and only before its deadline. Only `clear` makes one. */
class ClearedMessage {
  readonly #deadline: Deadline;
  readonly #clock: GateClock;
  #spent = false;
  /** Names the delivery and the decision in every outcome. */
  readonly ref: ClearedRef;
  /** Our number whose rate limit, blocks and carrier state apply to the message. */
  readonly sender: string;
  /** Our address as the carrier gets it: "rcs:..." too where the message answers a text. */
  readonly from: string;
  readonly service: string | null;
  readonly to: string;
  readonly text: string;
  readonly media: readonly string[];
  /** The carrier must not deliver the message after this moment (`goodUntil`); null where it may always. */
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

  /** False for an object that only looks like a cleared message. */
  static made(candidate: object): boolean {
    return #spent in candidate;
  }

  /** Ms until the deadline, by the clock that shows less; 0 or below when the deadline has passed. */
  msLeft(): number {
    const { monotonic, wall } = this.#deadline;
    return Math.min(monotonic - this.#clock.monotonic(), wall - this.#clock.now().getTime());
  }

  /**
   * True once, only while the message is valid and more than `leastMs` is left. The caller writes to the socket in
   * the same tick.
   */
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

/**
 * An address such as "rcs:..." is used without a Messaging Service: with one, the carrier may fall back to another
 * channel.
 */
const serviceFor = ({ service }: DeliveryDoc, from: string): string | null =>
  channelOf(from) === null ? service : null;

/**
 * The shortest validity that the carrier accepts, ms. With less left, the carrier would hold a message past its
 * validity.
 */
const LEAST_VALIDITY_MS = 1000;

const isGood = (until: Date | null, now: Date): boolean =>
  until === null || until.getTime() - now.getTime() >= LEAST_VALIDITY_MS;

/** The only value that `handOver` takes. Nothing outside this file can make one. */
export type Cleared = ClearedMessage;

/** The facts of one decision, read after the claim. */
type Facts = {
  person: ConsentState;
  program: Program | null;
  /** Who handles opt-outs on the number that the message is sent from; null where the number is no longer ours. */
  handling: Handling | null;
  /** Blind index of `words.to`, computed anew. */
  index: string;
  now: Date;
  /** End of the permitted hours; null where no hours apply. */
  hoursEnd: Date | null;
  /** The place of the person that the hours were computed for. */
  where?: DecidedWhere | undefined;
};

type Decision = { cleared: Cleared } | { refused: Reason[] };

/**
 * Decides about one claimed delivery on fresh facts. Refuses, with reasons, for example a number that is not the
 * delivery's own, a person without confirmed consent, or a number under suppression.
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

/** Applies the send rules to a delivery. Called when a reply is planned, and again after the delivery is claimed. */
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

/** One delivery under one epoch; when the decision was made; and, where quiet hours apply, the place of the person. */
export type ClearedRef = { delivery: string; epoch: number; decidedAt: Date; where?: DecidedWhere };

/**
 * The outcome of one hand-over. `begunAt`: the tick of the socket write. `put-back`: the carrier provably made no
 * message.
 */
export type HandOver = ClearedRef &
  (
    | { result: 'accepted'; carrierSid: string; begunAt: Date; at: Date }
    | { result: 'unknown'; why: string }
    | { result: 'refused'; code: string }
    | { result: 'put-back'; why: string; afterMs?: number; stop?: SenderStop; triedAgain?: true }
  );

/** Called in the tick that writes a message to the socket. False: nothing is written, and the message is put back. */
export type MayWrite = () => boolean;

/** Moves cleared messages to the carrier. */
export type Transport = (cleared: readonly Cleared[], mayWrite: MayWrite) => Promise<HandOver[]>;

/**
 * The only way out. Every message to a carrier passes here. Throws a TypeError for anything that `clear` did not
 * make.
 */
export async function handOver(
  cleared: readonly Cleared[],
  transport: Transport,
  mayWrite: MayWrite = () => true,
): Promise<HandOver[]> {
  if (!cleared.every(ClearedMessage.made)) throw new TypeError('the gate did not clear it');
  return transport(cleared, mayWrite);
}
