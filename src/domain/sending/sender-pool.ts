import { readNumber } from '../numbers.ts';
import { type Program, type Sender, senderRate } from '../program.ts';

export type PoolChoice = {
  /** Number this person knows the program by; null where none. */
  sticky: string | null;
  country: Sender['country'];
  /** Parts that wait for each number, ours and at the carrier; a number not named has none. */
  loads: ReadonlyMap<string, number>;
  /** Numbers from which nothing leaves now. */
  stopped: ReadonlySet<string>;
};

/**
 * The number a program writes from to one person: the one they know, as long as it works, so that a conversation
 * and a STOP stay in one thread; else the one whose queue is over soonest, the first of equals. Only numbers of the
 * person's country, unless the program has just one. Where all of them are stopped it is one of these: what is planned
 * waits until somebody resumes it. Null where the program has none.
 */
export function pickSender(
  program: Pick<Program, 'numbers'>,
  senders: readonly Sender[],
  choice: PoolChoice,
): Sender | null {
  const pool = program.numbers.flatMap((number) => senders.filter((one) => one.number === number));
  const country = countryWithin(pool, choice.country);
  const own = pool.filter((one) => one.country === country);
  const working = own.filter(({ number }) => !choice.stopped.has(number));
  const usable = working.length > 0 ? working : own;
  const known = usable.find((one) => one.number === choice.sticky);
  if (known !== undefined) return known;
  const wait = (one: Sender): number => (choice.loads.get(one.number) ?? 0) / senderRate(one);
  return usable.reduce<Sender | null>(
    (best, one) => (best === null || wait(one) < wait(best) ? one : best),
    null,
  );
}

/** The country as of which a person is written to from some numbers: where there is one, it writes to everybody. */
export function countryWithin(
  pool: readonly Pick<Sender, 'country'>[],
  country: Sender['country'],
): Sender['country'] {
  const [only, ...others] = pool;
  return only !== undefined && others.length === 0 ? only.country : country;
}

/** Whether a person of a country is written to from any of some numbers. */
export function writesTo(pool: readonly Pick<Sender, 'country'>[], country: Sender['country']): boolean {
  const within = countryWithin(pool, country);
  return pool.some((one) => one.country === within);
}

/** Senders are of one of these countries; whoever is of neither is written to as from the US. */
export function countryOf(e164: string): Sender['country'] {
  const reading = readNumber(e164);
  return reading.kind === 'phone' && reading.region === 'CA' ? 'CA' : 'US';
}
