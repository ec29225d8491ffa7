import { grouped } from '../../domain/grouped.ts';
import { OF_CAMPAIGN } from '../deliveries/deliveries.ts';
import {
  BUDGET_MS,
  type Counted,
  counted,
  GROUP,
  isWithin,
  lastOf,
  type Question,
  START,
} from '../deliveries/outcome-rows.ts';
import type { Store } from '../store.ts';
import { clickersOf } from './campaign-clicks.ts';
import { eventsOf, type Hits } from './campaign-events.ts';
import { optOutsOf } from './opt-outs.ts';

/** Rows of a campaign, clicks on its links or opt-outs of the house that are looked at at once. */
const SLICE = 5000;

/** Of one group: people, those who did it, and what it was worth to them, with the sum of squares of a person's. */
export type Outcome = { group: string; people: number; hits: number; sum: number; squares: number };

/** What people of each group did within so many days after their message, or after they would have got one. */
export async function outcomesOf(store: Store, question: Question, slice = SLICE): Promise<Outcome[]> {
  const groups = await store.deliveries
    .aggregate<{ _id: string; people: number }>(
      [
        { $match: { campaign: question.campaign, ...counted(question) } },
        { $group: { _id: GROUP, people: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ],
      { hint: OF_CAMPAIGN, maxTimeMS: BUDGET_MS },
    )
    .toArray();
  const hits = await hitsOf(store, question, slice);
  return groups.map(({ _id: group, people }) => {
    const found = hits.find((one) => one._id === group);
    return { group, people, hits: found?.hits ?? 0, sum: found?.sum ?? 0, squares: found?.squares ?? 0 };
  });
}

/** What people do that no event tells of. */
const COUNTED_APART = { click: clickersOf, reply: repliesOf, 'opt-out': optOutsOf };

async function hitsOf(store: Store, question: Question, slice: number): Promise<Hits[]> {
  const { by } = question;
  if (by !== 'click' && by !== 'reply' && by !== 'opt-out') return eventsOf(store, question);
  const counts = await COUNTED_APART[by](store, question, slice);
  return [...counts].map(([_id, hits]) => ({ _id, hits, sum: 0, squares: 0 }));
}

/** A slice after the other, in the order of people: nobody moves in it when a row's state changes meanwhile. */
async function repliesOf(
  store: Store,
  question: Question,
  slice: number,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (let after: string | null = null; ; ) {
    const rows = await rowsAfter(store, question, { after, slice });
    for (const { group } of await answeredWithin(store, question, rows)) {
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    after = rows.at(-1)?.contact ?? null;
    if (rows.length < slice || after === null) break;
  }
  return counts;
}

function rowsAfter(
  store: Store,
  question: Question,
  { after, slice }: { after: string | null; slice: number },
): Promise<Counted[]> {
  const rest = after === null ? {} : { contact: { $gt: after } };
  return store.deliveries
    .find<Counted>(
      { campaign: question.campaign, ...rest, ...counted(question) },
      {
        projection: { _id: 0, contact: 1, group: GROUP, start: START },
        hint: 'campaign-contact',
        maxTimeMS: BUDGET_MS,
      },
    )
    .sort({ contact: 1 })
    .limit(slice)
    .toArray();
}

/** Any text but an opt-out counts as an answer; of those held out too, else their group could only lose. */
async function answeredWithin(
  store: Store,
  question: Question,
  rows: readonly Counted[],
): Promise<Counted[]> {
  const texts = await store.inbound
    .find(
      {
        contact: { $in: rows.map(({ contact }) => contact) },
        receivedAt: { $gte: question.since, $lte: lastOf(question) },
        'reading.kind': { $nin: ['stop-all', 'stop-some'] },
      },
      { projection: { _id: 0, contact: 1, receivedAt: 1 }, hint: 'of-contact', maxTimeMS: BUDGET_MS },
    )
    .toArray();
  const times = grouped(texts, ({ contact }) => contact ?? '');
  return rows.filter(({ contact, start }) =>
    times.get(contact)?.some(({ receivedAt }) => isWithin(receivedAt, start, question.days)),
  );
}
