import type { Suppression } from '../../domain/consent/suppression.ts';
import type { Book, Program, Sender } from '../../domain/program.ts';
import { closedAmong, countryOf, type PoolChoice, pickSender } from '../../domain/sending/sender-pool.ts';
import { deliveriesOf } from '../../store/deliveries/deliveries.ts';
import { partsPlanned } from '../../store/deliveries/due.ts';
import { LOOK_BACK } from '../../store/deliveries/known-senders.ts';
import { partsAtCarrier } from '../../store/senders/pace.ts';
import { readTrouble } from '../../store/senders/stops.ts';
import type { Store } from '../../store/store.ts';

/** Rows of a queue that are counted. */
const LOOK_AHEAD = 2000;

/** Whom a number is chosen for. `id`: of their contact; "" for a stranger, who had no message of ours. */
type Addressee = { id: string; number: string; suppressions: readonly Suppression[] };

/**
 * The number a program writes from to one contact: the one they know it by, else the one of the pool that is free
 * soonest, by the rule of `pickSender`; a pool of one is not asked about. Null where there is none.
 */
export async function chooseSender(
  store: Store,
  book: Book,
  program: Program,
  { id, number: to, suppressions }: Addressee,
): Promise<Sender | null> {
  const pool = book.senders.filter(({ number }) => program.numbers.includes(number));
  if (pool.length === 1) return pool[0] ?? null;
  const before = await deliveriesOf(store, id, LOOK_BACK);
  const known = before.find(
    (row) => row.program === program.id && program.numbers.includes(row.sender) && row.acceptedAt,
  );
  const sticky = known?.sender ?? null;
  const country = countryOf(to);
  const closed = closedAmong(pool, program.id, suppressions);
  const own = pool.find((one) => one.number === sticky && one.country === country && !closed.has(one.number));
  if (own !== undefined && (await readTrouble(store, own.number)).stopped === null) return own;
  const load = await loadsOf(store, book, program);
  return pickSender(program, book.senders, { sticky, country, closed, ...load });
}

/** What waits for each number of a program, and which of them are stopped. */
async function loadsOf(
  store: Store,
  book: Book,
  program: Program,
): Promise<Pick<PoolChoice, 'loads' | 'stopped'>> {
  const pool = book.senders.filter(({ number }) => program.numbers.includes(number));
  const states = await Promise.all(pool.map((sender) => stateOf(store, sender.number)));
  return {
    loads: new Map(states.map(({ number, load }) => [number, load])),
    stopped: new Set(states.flatMap(({ number, stopped }) => (stopped ? number : []))),
  };
}

async function stateOf(store: Store, number: string) {
  const [{ stopped }, planned, waiting] = await Promise.all([
    readTrouble(store, number),
    partsPlanned(store, number, LOOK_AHEAD),
    partsAtCarrier(store, number, LOOK_AHEAD),
  ]);
  return { number, stopped: stopped !== null, load: planned + waiting };
}
