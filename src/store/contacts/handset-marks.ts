import { DELIVERY_STATES } from '../../domain/sending/delivery-sentence.ts';
import type { CampaignDoc } from '../campaigns/campaign-document.ts';
import type { Database } from '../collection.ts';
import type { DeliveryState } from '../deliveries/delivery.ts';
import { contacts } from './contacts.ts';

/** A campaign as it runs: its state, whether all its messages are planned, and how many are in each state. */
export type CampaignRun = Pick<CampaignDoc, 'state' | 'trip' | 'plan'> & {
  awaitsWinner?: boolean;
  rows: Record<DeliveryState, number>;
};

type Found =
  | { of: 'holder'; index: string; mark: unknown }
  | { of: 'campaign'; run: Omit<CampaignRun, 'rows'> }
  | { of: 'rows'; state: DeliveryState; count: number };

/** The newest messages of a person whose states are watched. */
const WATCHED = 60;

/**
 * What changes whenever the record of one of these numbers changes, by blind index, and how far a campaign is. One
 * query, so that an open page can ask it every second.
 */
export async function readHandsetMarks(
  database: Database,
  indexes: readonly string[],
  campaign: string | null,
): Promise<{ marks: Map<string, string>; run: CampaignRun | null }> {
  const found = await contacts(database)
    .aggregate<Found>([
      { $match: { index: { $in: [...indexes] }, current: true } },
      { $lookup: { from: 'deliveries', ...NEWEST_STATES, as: 'messages' } },
      {
        $project: {
          _id: 0,
          of: 'holder',
          index: 1,
          mark: ['$rev', '$head.seq', '$language', '$messages.mark'],
        },
      },
      { $unionWith: { coll: 'suppressions', pipeline: ofIndexes(indexes) } },
      ...(campaign === null ? [] : ofCampaign(campaign)),
    ])
    .toArray();
  const marks = new Map<string, string>();
  let run: CampaignRun | null = null;
  const rows = Object.fromEntries(DELIVERY_STATES.map((state) => [state, 0])) as CampaignRun['rows'];
  for (const row of found) {
    if (row.of === 'holder') marks.set(row.index, `${marks.get(row.index) ?? ''}${JSON.stringify(row.mark)}`);
    else if (row.of === 'campaign') run = { ...row.run, rows };
    else rows[row.state] = row.count;
  }
  return { marks, run };
}

const NEWEST_STATES = {
  localField: '_id',
  foreignField: 'contact',
  pipeline: [
    { $sort: { createdAt: -1, _id: -1 } },
    { $limit: WATCHED },
    { $project: { _id: 0, mark: ['$_id', '$state', '$carrierSid', '$acceptedAt', '$finalAt', '$dueAt'] } },
  ],
};

const ofIndexes = (indexes: readonly string[]): object[] => [
  { $match: { index: { $in: [...indexes] } } },
  { $sort: { index: 1, scope: 1, kind: 1 } },
  {
    $project: {
      _id: 0,
      of: 'holder',
      index: 1,
      mark: ['$scope', '$kind', '$generation', '$lifts', '$until'],
    },
  },
];

const ofCampaign = (campaign: string): object[] => [
  {
    $unionWith: {
      coll: 'campaigns',
      pipeline: [
        { $match: { _id: campaign } },
        {
          $project: {
            _id: 0,
            of: 'campaign',
            run: { state: '$state', trip: '$trip', plan: '$plan', awaitsWinner: '$awaitsWinner' },
          },
        },
      ],
    },
  },
  {
    $unionWith: {
      coll: 'deliveries',
      pipeline: [
        { $match: { campaign } },
        { $group: { _id: '$state', count: { $sum: 1 } } },
        { $project: { _id: 0, of: 'rows', state: '$_id', count: 1 } },
      ],
    },
  },
];
