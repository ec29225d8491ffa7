import { createHash } from 'node:crypto';
import { type Suppression, standingRows } from '../consent/suppression.ts';
import { readNumber } from '../numbers.ts';
import { type Program, type Sender, senderRate } from '../program.ts';

type Choice = {
  /** Number this person knows the program by; null where none. */
  sticky: string | null;
  country: Sender['country'];
  /** Numbers from which nothing leaves now. */
  stopped: ReadonlySet<string>;
  /** Numbers from which nothing may go to this person, though they may get it from another: see `closedAmong`. */
  closed: ReadonlySet<string>;
};

export type PoolChoice = Choice & {
  /** Parts that wait for each number, ours and at the carrier; a number not named has none. */
  loads: ReadonlyMap<string, number>;
};

type PoolShare = Choice & {
  /** What stays the same about this person. */
  contact: string;
};

/**
 * The number a program writes from to one person: the one they know, as long as it works and may write to them, so that
 * a conversation and a STOP stay in one thread; else the one whose queue is over soonest, the first of equals. Only numbers
 * of the person's country, unless the program has just one. Where all of them are stopped, or closed to the person, it is
 * one of these: what is planned waits until somebody resumes it, or the gate refuses it with the reason. Null where the
 * program has none.
 */
export function pickSender(
  program: Pick<Program, 'numbers'>,
  senders: readonly Sender[],
  choice: PoolChoice,
): Sender | null {
  const usable = usableOf(program, senders, choice);
  const known = usable.find((one) => one.number === choice.sticky);
  if (known !== undefined) return known;
  return leastOf(usable, (one) => (choice.loads.get(one.number) ?? 0) / senderRate(one));
}

/**
 * The number a program writes from to one of many people: as `pickSender`, but where they know none, one that each gets by
 * itself, so that all together are shared out by rate however long before they leave. The same person gets the same one
 * while it works; where one is stopped, others move only away from it.
 */
export function shareSender(
  program: Pick<Program, 'numbers'>,
  senders: readonly Sender[],
  choice: PoolShare,
): Sender | null {
  const usable = usableOf(program, senders, choice);
  const known = usable.find((one) => one.number === choice.sticky);
  return known ?? leastOf(usable, (one) => drawOf(choice.contact, one));
}

/**
 * Numbers of a program closed to one person: the carrier blocks it, or it does not reach them. What they said themselves
 * closes none: that another number is free of it is no way around it.
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
  const pool = numbers.flatMap((number) => senders.filter((one) => one.number === number));
  const theirs = countryWithin(pool, country);
  return pool.filter((one) => one.country === theirs);
}

/** Those that are not left out; all where that leaves none. */
function without(left: ReadonlySet<string>, senders: Sender[]): Sender[] {
  const others = senders.filter(({ number }) => !left.has(number));
  return others.length > 0 ? others : senders;
}

/** The first of equals. */
function leastOf(senders: readonly Sender[], of: (one: Sender) => number): Sender | null {
  const all = senders.map((one) => ({ one, at: of(one) }));
  return (
    all.reduce<(typeof all)[number] | null>((a, b) => (a === null || b.at < a.at ? b : a), null)?.one ?? null
  );
}

/** Weighted rendezvous hashing: of waits drawn at the numbers' rates the shortest is a number's as often as its share of their sum. */
function drawOf(contact: string, sender: Sender): number {
  const hash = createHash('sha256').update(`number ${sender.number} ${contact}`).digest();
  return -Math.log((hash.readUInt32BE(0) + 0.5) / 2 ** 32) / senderRate(sender);
}

/** The country as of which a person is written to from some numbers: where there is one, it writes to everybody. */
function countryWithin(
  pool: readonly Pick<Sender, 'country'>[],
  country: Sender['country'],
): Sender['country'] {
  const [only, ...others] = pool;
  return only !== undefined && others.length === 0 ? only.country : country;
}

/** Senders are of one of these countries; whoever is of neither is written to as from the US. */
export function countryOf(e164: string): Sender['country'] {
  const reading = readNumber(e164);
  return reading.kind === 'phone' && reading.region === 'CA' ? 'CA' : 'US';
}
