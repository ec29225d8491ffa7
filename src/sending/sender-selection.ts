import type { Suppression } from '../domain/consent/suppression.ts';
import type { Program, ProgramBook, Sender } from '../domain/program.ts';
import {
  closedAmong,
  countryOf,
  type PoolChoice,
  pickSender,
  shareSender,
} from '../domain/sending/sender-pool.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import type { OpenContact } from '../store/contacts/open-contact.ts';
import { deliveriesOf } from '../store/deliveries/delivery.ts';
import { findKnownSenders, LOOK_BACK } from '../store/deliveries/history.ts';
import { partsPlanned } from '../store/deliveries/queue.ts';
import { partsAtCarrier } from '../store/senders/rate-limiter.ts';
import { readSenderHealth } from '../store/senders/sender-state.ts';
import type { Store } from '../store/store.ts';

/** At most this many deliveries of a queue are counted. */
const LOOK_AHEAD = 2000;

/** The person that a number is chosen for. `id`: of the contact; "" for a stranger, who had no message of ours. */
type Addressee = { id: string; number: string; suppressions: readonly Suppression[] };

/**
 * Chooses the number that a program uses for one contact: the number that the contact knows, else the number of the
 * pool that is free soonest, by the rule of `pickSender`. A pool of one is returned without a query. Null where no
 * number fits.
 */
export async function chooseSender(
  store: Store,
  book: ProgramBook,
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
  const own = pool.find(
    (sender) => sender.number === sticky && sender.country === country && !closed.has(sender.number),
  );
  if (own !== undefined && (await readSenderHealth(store, own.number)).stopped === null) return own;
  const load = await loadsOf(store, book, program);
  return pickSender(program, book.senders, { sticky, country, closed, ...load });
}

/** The waiting parts of each number of a program, and which numbers are stopped. */
async function loadsOf(
  store: Store,
  book: ProgramBook,
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
    readSenderHealth(store, number),
    partsPlanned(store, number, LOOK_AHEAD),
    partsAtCarrier(store, number, LOOK_AHEAD),
  ]);
  return { number, stopped: stopped !== null, load: planned + waiting };
}

/**
 * Chooses the number that a program uses for one of the people given to `senderChooserFor`, by the rule of
 * `shareSender`. Null where no number fits. `first`: a number to prefer while it works, even over the number that the
 * person knows.
 */
export type SenderFor = (
  person: Pick<OpenContact, 'id' | 'number' | 'person'>,
  first?: string | null,
) => Sender | null;

type Installation = { store: Store; catalog: { current: () => { book: ProgramBook } } };

/** Makes two reads for all people, and none where the pool has one number. */
export async function senderChooserFor(
  { store, catalog }: Installation,
  program: Program,
  people: readonly Pick<ContactDoc, '_id'>[],
): Promise<SenderFor> {
  const { senders } = catalog.current().book;
  const pool = senders.filter(({ number }) => program.numbers.includes(number));
  const asked = pool.length > 1;
  const [stopped, known] = await Promise.all([
    stoppedAmong(store, asked ? pool : []),
    findKnownSenders(store, asked ? people.map(({ _id }) => _id) : [], {
      program: program.id,
      numbers: program.numbers,
    }),
  ]);
  return ({ id: contact, number, person: { suppressions } }, first = null) => {
    const closed = asked ? closedAmong(pool, program.id, suppressions) : new Set<string>();
    const choice = { contact, country: countryOf(number), stopped, closed };
    const wanted = first === null ? null : shareSender(program, pool, { ...choice, sticky: first });
    if (wanted !== null && wanted.number === first) return wanted;
    return shareSender(program, pool, { ...choice, sticky: known.get(contact) ?? null });
  };
}

/** The numbers that send nothing until a person resumes them. */
export async function stoppedAmong(
  store: Store,
  pool: readonly Pick<Sender, 'number'>[],
): Promise<ReadonlySet<string>> {
  const troubles = await Promise.all(pool.map(({ number }) => readSenderHealth(store, number)));
  return new Set(pool.flatMap(({ number }, at) => (troubles[at]?.stopped == null ? [] : number)));
}
