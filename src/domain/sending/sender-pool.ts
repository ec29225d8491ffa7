import { createHash } from 'node:crypto';
import { type Suppression, standingRows } from '../consent/suppression.ts';
import { readNumber } from '../numbers.ts';
import { type Program, type Sender, senderRate } from '../program.ts';

type Choice = {
  /** The number by which this person knows the program; null where there is none. */
  sticky: string | null;
  country: Sender['country'];
  /** Numbers from which nothing is sent now. */
  stopped: ReadonlySet<string>;
  /**
   * Numbers from which nothing may be sent to this person, although another number may send to them: see
   * `closedAmong`.
   */
  closed: ReadonlySet<string>;
};

export type PoolChoice = Choice & {
  /** Parts that wait for each number, here and at the carrier. A number that is missing has none. */
  loads: ReadonlyMap<string, number>;
};

type PoolShare = Choice & {
  /** The contact's id: a stable key of this person. */
  contact: string;
};

/**
 * Chooses the number that a program uses for one person. The number that the person knows, while it works and may
 * write to them, so that a conversation and a STOP stay in one thread; else the number whose queue ends soonest, the
 * first of equals. Only numbers of the person's country, unless the program has just one number. Where all numbers
 * are stopped or closed to the person, returns one of them: the message waits until the number is resumed, or the
 * gate refuses it with the reason. Null where the program has no number.
 */
export function pickSender(
  program: Pick<Program, 'numbers'>,
  senders: readonly Sender[],
  choice: PoolChoice,
): Sender | null {
  const usable = usableOf(program, senders, choice);
  const known = usable.find((sender) => sender.number === choice.sticky);
  if (known !== undefined) return known;
  return leastOf(usable, (sender) => (choice.loads.get(sender.number) ?? 0) / senderRate(sender));
}

/**
 * Chooses the number that a program uses for one of many people. Like `pickSender`, but a person who knows no number
 * gets one by hash. All people together are then shared out by rate, however early they are planned. The same person
 * gets the same number while it works; where a number is stopped, only its people move.
 */
export function shareSender(
  program: Pick<Program, 'numbers'>,
  senders: readonly Sender[],
  choice: PoolShare,
): Sender | null {
  const usable = usableOf(program, senders, choice);
  const known = usable.find((sender) => sender.number === choice.sticky);
  return known ?? leastOf(usable, (sender) => drawOf(choice.contact, sender));
}

/**
 * Numbers of a program that are closed to one person: the carrier blocks the number, or its messages do not arrive.
 * The person's own opt-outs close none, so that another number is no way around an opt-out.
 */
export function closedAmong(
  pool: readonly Pick<Sender, 'number' | 'messagingServiceSid'>[],
  program: string,
  suppressions: readonly Suppression[],
): ReadonlySet<string> {
  const closed = pool.filter(({ number: sender, messagingServiceSid: service }) => {
    const target = { program, topic: null, sender, service };
    return standingRows(suppressions, target, ['carrier', 'hygiene']).length > 0;
  });
  return new Set(closed.map(({ number }) => number));
}

const usableOf = (
  program: Pick<Program, 'numbers'>,
  senders: readonly Sender[],
  { country, closed, stopped }: Choice,
): Sender[] => without(stopped, without(closed, ofCountry(program, senders, country)));

function ofCountry(
  { numbers }: Pick<Program, 'numbers'>,
  senders: readonly Sender[],
  country: Sender['country'],
): Sender[] {
  const pool = numbers.flatMap((number) => senders.filter((sender) => sender.number === number));
  const senderCountry = countryWithin(pool, country);
  return pool.filter((sender) => sender.country === senderCountry);
}

/** Drops the numbers in `left`; keeps all where none would remain. */
function without(left: ReadonlySet<string>, senders: Sender[]): Sender[] {
  const available = senders.filter(({ number }) => !left.has(number));
  return available.length > 0 ? available : senders;
}

/** The first of equals. */
function leastOf(senders: readonly Sender[], loadOf: (sender: Sender) => number): Sender | null {
  const all = senders.map((sender) => ({ one: sender, at: loadOf(sender) }));
  return (
    all.reduce<(typeof all)[number] | null>((a, b) => (a === null || b.at < a.at ? b : a), null)?.one ?? null
  );
}

/**
 * Weighted rendezvous hashing: each number draws an exponential waiting time at its rate. The shortest wins as often
 * as the number's share of all rates.
 */
function drawOf(contact: string, sender: Sender): number {
  const hash = createHash('sha256').update(`number ${sender.number} ${contact}`).digest();
  return -Math.log((hash.readUInt32BE(0) + 0.5) / 2 ** 32) / senderRate(sender);
}

/** The country whose numbers a person gets. A program's only number writes to everybody. */
function countryWithin(
  pool: readonly Pick<Sender, 'country'>[],
  country: Sender['country'],
): Sender['country'] {
  const [firstSender, ...otherSenders] = pool;
  return firstSender !== undefined && otherSenders.length === 0 ? firstSender.country : country;
}

/** The sender country for a number. Numbers of neither country count as US. */
export function countryOf(e164: string): Sender['country'] {
  const reading = readNumber(e164);
  return reading.kind === 'phone' && reading.region === 'CA' ? 'CA' : 'US';
}
