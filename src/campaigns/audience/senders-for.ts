import type { Desk } from '../../consent/desk.ts';
import type { Program, Sender } from '../../domain/program.ts';
import { closedAmong, countryOf, shareSender } from '../../domain/sending/sender-pool.ts';
import { findKnownSenders } from '../../store/deliveries/known-senders.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import type { Holder } from '../../store/people/holder.ts';
import { readTrouble } from '../../store/senders/stops.ts';
import type { Store } from '../../store/store.ts';

/** The number a campaign writes from to one of the people it was read for, by the rule of `shareSender`; null where there is none. */
export type SenderFor = (person: Pick<Holder, 'id' | 'number' | 'person'>) => Sender | null;

/** Two reads for all of them; a pool of one is not asked about. */
export async function sendersFor(
  { store, catalog }: Desk,
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
  return ({ id: contact, number, person: { suppressions } }) => {
    const sticky = known.get(contact) ?? null;
    const closed = asked ? closedAmong(pool, program.id, suppressions) : new Set<string>();
    return shareSender(program, pool, { contact, sticky, country: countryOf(number), stopped, closed });
  };
}

async function stoppedAmong(store: Store, pool: readonly Sender[]): Promise<ReadonlySet<string>> {
  const troubles = await Promise.all(pool.map(({ number }) => readTrouble(store, number)));
  return new Set(pool.flatMap(({ number }, at) => (troubles[at]?.stopped == null ? [] : number)));
}
