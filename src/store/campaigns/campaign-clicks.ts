import type { FindCursor } from 'mongodb';
import { grouped } from '../../domain/grouped.ts';
import {
  BUDGET_MS,
  type Counted,
  counted,
  countGroups,
  GROUP,
  isWithin,
  lastOf,
  type Question,
  START,
} from '../deliveries/outcome-rows.ts';
import type { Store } from '../store.ts';
import type { ClickDoc } from './clicks.ts';

/**
 * How many of each group opened a link of the campaign themselves in the days that count. From the clicks to the rows:
 * there are fewer of them. An event of type `click` names no campaign, and is none.
 */
export async function clickersOf(
  store: Store,
  question: Question,
  slice: number,
): Promise<ReadonlyMap<string, number>> {
  return countGroups(clicksOn(store, question), slice, (clicks) => clickedWithin(store, question, clicks));
}

type Click = Pick<ClickDoc, 'delivery' | 'firstAt'>;

/** The first of each link and day: where any of a day counts, the first does. */
function clicksOn(store: Store, question: Question): FindCursor<Click> {
  const { campaign, since } = question;
  return store.clicks.find<Click>(
    { campaign, kind: 'person', firstAt: { $gte: since, $lte: lastOf(question) } },
    { projection: { _id: 0, delivery: 1, firstAt: 1 }, hint: 'of-campaign', maxTimeMS: BUDGET_MS },
  );
}

type Row = Counted & { _id: string };

async function clickedWithin(store: Store, question: Question, clicks: readonly Click[]): Promise<Row[]> {
  const times = grouped(clicks, ({ delivery }) => delivery);
  const rows = await store.deliveries
    .find<Row>(
      { _id: { $in: [...times.keys()] }, ...counted(question) },
      { projection: { contact: 1, group: GROUP, start: START }, hint: { _id: 1 }, maxTimeMS: BUDGET_MS },
    )
    .toArray();
  return rows.filter(({ _id, start }) =>
    times.get(_id)?.some(({ firstAt }) => isWithin(firstAt, start, question.days)),
  );
}
