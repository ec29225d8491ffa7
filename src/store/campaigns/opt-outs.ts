import type { FindCursor } from 'mongodb';
import { firstOptOut, scopesOf } from '../../domain/campaigns/opted-out.ts';
import { grouped } from '../../domain/grouped.ts';
import { optOutsAmong } from '../consent/consent-events.ts';
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
import { campaignRowId } from './row.ts';

/**
 * How many of each group opted out in the days that count. From the opt-outs to the rows: there are fewer of them. A
 * suppression knows the last opt-out alone; the ledger has the first.
 */
export async function optOutsOf(
  store: Store,
  question: Question,
  slice: number,
): Promise<ReadonlyMap<string, number>> {
  return countGroups(raisedSince(store, question), slice, (raised) =>
    optedOutWithin(store, question, raised),
  );
}

type Raised = { index: string };

/** Whoever opted out since; a row that was raised but once says when. */
function raisedSince(store: Store, question: Question): FindCursor<Raised> {
  return store.suppressions.find<Raised>(
    {
      kind: 'opt-out',
      scope: { $in: scopesOf(question) },
      since: { $gte: question.since },
      $or: [{ generation: { $gt: 1 } }, { since: { $lte: lastOf(question) } }],
    },
    { projection: { _id: 0, index: 1 }, hint: 'opt-outs-since', maxTimeMS: BUDGET_MS },
  );
}

async function optedOutWithin(
  store: Store,
  question: Question,
  raised: readonly Raised[],
): Promise<Counted[]> {
  const ids = raised.map(({ index }) => campaignRowId(question.campaign, index));
  const rows = await store.deliveries
    .find<Counted>(
      { _id: { $in: ids }, ...counted(question) },
      {
        projection: { _id: 0, contact: 1, group: GROUP, start: START },
        hint: { _id: 1 },
        maxTimeMS: BUDGET_MS,
      },
    )
    .toArray();
  const contacts = rows.map(({ contact }) => contact);
  const entries = await optOutsAmong(store, contacts, BUDGET_MS);
  const ledgers = grouped(entries, ({ contact }) => contact);
  return rows.filter(({ contact, start }) => {
    const first = start === null ? null : firstOptOut(ledgers.get(contact) ?? [], question, start);
    return isWithin(first, start, question.days);
  });
}
