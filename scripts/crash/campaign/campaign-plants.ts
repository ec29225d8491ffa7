import type { Plant } from '../plant.ts';
import { CAMPAIGN_SCENARIO } from './campaign.ts';

const NOTED = 'const noted = await advancePlan(desk.store, campaign, slice, desk.now());';

/** Bugs of a plan and its flight. */
export const CAMPAIGN_PLANTS: readonly Plant[] = [
  {
    name: 'plan-cursor-first',
    about: 'a planner notes how far it is before the rows are written',
    patches: [
      { file: 'src/campaigns/flight/fly.ts', find: 'await insertPlanned(desk.store, rows);', replace: '' },
      {
        file: 'src/campaigns/flight/fly.ts',
        find: NOTED,
        replace: `${NOTED}
    globalThis.crashPoint('slice-noted');
    await insertPlanned(desk.store, rows);`,
      },
    ],
    caughtBy: ['unreached'],
    scenario: CAMPAIGN_SCENARIO,
  },
  {
    name: 'row-of-no-campaign',
    about: "a row's id is of its person alone, whatever the campaign",
    patches: [
      {
        file: 'src/campaigns/flight/draft.ts',
        find: 'campaignDigest(campaign._id, contact.index)',
        replace: "campaignDigest('', contact.index)",
      },
    ],
    caughtBy: ['unreached'],
    scenario: CAMPAIGN_SCENARIO,
  },
  {
    name: 'row-of-a-moment',
    about: "a row's id is of the moment it was planned at, so that a slice planned anew writes anew",
    patches: [
      {
        file: 'src/campaigns/flight/draft.ts',
        find: 'campaignDigest(campaign._id, contact.index)',
        replace: 'campaignDigest(campaign._id + Date.now(), contact.index)',
      },
    ],
    caughtBy: ['twice'],
    scenario: CAMPAIGN_SCENARIO,
  },
  {
    name: 'pause-unseen',
    about: 'workers go on with what is planned of a paused campaign',
    patches: [
      {
        file: 'src/campaigns/flight/closed-lanes.ts',
        find: 'has: (lane) => last.lanes.has(lane)',
        replace: 'has: (lane) => (false && last.lanes.has(lane))',
      },
    ],
    caughtBy: ['whilePaused'],
    scenario: CAMPAIGN_SCENARIO,
  },
];
