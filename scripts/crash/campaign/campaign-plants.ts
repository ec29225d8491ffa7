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
      {
        file: 'src/store/campaigns/rewrite.ts',
        find: "const STANDS = ['paused' as const, 'canceled' as const];",
        replace: "const STANDS = ['canceled' as const];",
      },
    ],
    caughtBy: ['whilePaused'],
    scenario: CAMPAIGN_SCENARIO,
  },
  {
    name: 'segment-ignored',
    about: 'a plan is of everybody, whatever the segment',
    patches: [
      {
        file: 'src/campaigns/audience/people-of.ts',
        find: '$and: [compile(segment, at), { createdAt: { $lte: at } }],',
        replace: '$and: [{ createdAt: { $lte: at } }],',
      },
    ],
    caughtBy: ['outside'],
    scenario: CAMPAIGN_SCENARIO,
  },
  {
    name: 'skipped-uncounted',
    about: 'the progress leaves out whoever was skipped',
    patches: [
      {
        file: 'src/store/campaigns/plan.ts',
        find: "const stages = [{ $match: { campaign } }, { $group: { _id: '$state'",
        replace:
          "const stages = [{ $match: { campaign, state: { $ne: 'skipped' } } }, { $group: { _id: '$state'",
      },
    ],
    caughtBy: ['miscounted'],
    scenario: CAMPAIGN_SCENARIO,
  },
  {
    name: 'dead-is-sent',
    about: 'what a dead process had in flight counts as sent',
    patches: [
      {
        file: 'src/store/deliveries/look-ups.ts',
        find: "toUnknown('the process ended before the answer was known', now),",
        replace: "{ $set: { state: 'accepted', owner: null }, $unset: { open: '' } },",
      },
    ],
    caughtBy: ['uncarried'],
    scenario: CAMPAIGN_SCENARIO,
  },
];
