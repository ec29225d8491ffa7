import type { Store } from '../store.ts';

/** Deliveries of a person in which the number they know is looked for; most show it among the newest. */
export const LOOK_BACK = 50;
const NEWEST = 3;

/** Numbers of a program among which the one that somebody knows it by is looked for. */
export type KnownBy = { program: string; numbers: readonly string[] };

/**
 * The number that each of some people knows a program by: the one that the last message left from which the carrier took.
 * Who knows none of them is not among them. One command; another looks further back for those of whom it showed none.
 */
export async function findKnownSenders(
  store: Store,
  contacts: readonly string[],
  of: KnownBy,
): Promise<ReadonlyMap<string, string>> {
  const known = await findAmong(store, contacts, of, NEWEST);
  const others = contacts.filter((one) => !known.has(one));
  return new Map([...known, ...(await findAmong(store, others, of, LOOK_BACK))]);
}

async function findAmong(
  store: Store,
  contacts: readonly string[],
  of: KnownBy,
  newest: number,
): Promise<ReadonlyMap<string, string>> {
  if (contacts.length === 0) return new Map();
  const found = await store.contacts
    .aggregate<Known>(knownStages(contacts, of, newest), { hint: { _id: 1 } })
    .toArray();
  return new Map(found.map(({ _id, last: [{ sender }] }) => [_id, sender]));
}

type Known = { _id: string; last: [{ sender: string }] };

/** The limit comes before the match: however many messages of other programs somebody has had, no more are read. */
function knownStages(contacts: readonly string[], { program, numbers }: KnownBy, newest: number): object[] {
  const last = [
    { $sort: { createdAt: -1 } },
    { $limit: newest },
    { $match: { program, sender: { $in: numbers }, acceptedAt: { $exists: true } } },
    { $limit: 1 },
    { $project: { _id: 0, sender: 1 } },
  ];
  const from = { from: 'deliveries', localField: '_id', foreignField: 'contact' };
  return [
    { $match: { _id: { $in: contacts } } },
    { $project: { _id: 1 } },
    { $lookup: { ...from, pipeline: last, as: 'last' } },
    { $match: { last: { $ne: [] } } },
  ];
}
