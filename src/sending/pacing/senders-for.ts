import type { Book, Program, Sender } from '../../domain/program.ts';
import { closedAmong, countryOf, shareSender } from '../../domain/sending/sender-pool.ts';
import { findKnownSenders } from '../../store/deliveries/known-senders.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import type { Holder } from '../../store/people/holder.ts';
import { readTrouble } from '../../store/senders/stops.ts';
import type { Store } from '../../store/store.ts';

/**
 * The number a program writes from to one of the people it was read for, by the rule of `shareSender`; null where there is
 * none. `first`: the number that is to be taken while it works, before the one they know.
 */
export type SenderFor = (
  person: Pick<Holder, 'id' | 'number' | 'person'>,
  first?: string | null,
) => Sender | null;

type Installation = { store: Store; catalog: { current: () => { book: Book } } };

/** Two reads for all of them; a pool of one is not asked about. */
export async function sendersFor(
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

/** Those of some numbers from which nothing leaves until a person resumes them. */
export async function stoppedAmong(
  store: Store,
  pool: readonly Pick<Sender, 'number'>[],
): Promise<ReadonlySet<string>> {
  const troubles = await Promise.all(pool.map(({ number }) => readTrouble(store, number)));
  return new Set(pool.flatMap(({ number }, at) => (troubles[at]?.stopped == null ? [] : number)));
}
