import { CAMPAIGN_SCENARIO } from '../../campaign/campaign.ts';
import type { PlantedBug } from '../planted-bug.ts';

/** Bugs in the planning and sending of a campaign. */
export const CAMPAIGN_BUGS: readonly PlantedBug[] = [
  {
    name: 'plan-cursor-first',
    about: 'a planner saves its progress before the rows are written',
    patches: [
      { in: 'planCampaign', find: 'await insertMessages(context.store, rows);', replace: '' },
      {
        in: 'planCampaign',
        find: 'if (!noted) return',
        replace: `globalThis.crashPoint('slice-noted');
    await insertMessages(context.store, rows);
    if (!noted) return`,
      },
    ],
    caughtBy: ['unreached'],
    scenario: CAMPAIGN_SCENARIO,
  },
  {
    name: 'row-id-without-campaign',
    about: 'the id of a row depends only on the person, not on the campaign',
    patches: [{ in: 'draftMessage', find: 'campaignDigest(campaign._id', replace: "campaignDigest(''" }],
    caughtBy: ['unreached'],
    scenario: CAMPAIGN_SCENARIO,
  },
  {
    name: 'row-id-with-time',
    about:
      'the id of a row depends on the time of planning, so that planning a slice again writes its rows again',
    patches: [
      {
        in: 'draftMessage',
        find: 'campaignDigest(campaign._id',
        replace: 'campaignDigest(campaign._id + Date.now()',
      },
    ],
    caughtBy: ['twice'],
    scenario: CAMPAIGN_SCENARIO,
  },
  {
    name: 'pause-unseen',
    about: 'workers go on sending the planned messages of a paused campaign',
    patches: [
      { in: 'watchPausedLanes', find: 'last.lanes.has(lane)', replace: 'false' },
      { in: 'heldBackByCampaign', find: '$in: STANDS', replace: "$in: ['canceled' as const]" },
      { in: 'heldBackByCampaign', find: 'STANDS.some(', replace: "['canceled' as const].some(" },
    ],
    caughtBy: ['whilePaused'],
    scenario: CAMPAIGN_SCENARIO,
  },
  {
    name: 'segment-ignored',
    about: 'a plan includes everybody, whatever the segment',
    patches: [{ in: 'recipientFilter', find: 'compile(segment, at), ', replace: '' }],
    caughtBy: ['outside'],
    scenario: CAMPAIGN_SCENARIO,
  },
  {
    name: 'skipped-uncounted',
    about: 'the progress does not count people who were skipped',
    patches: [{ in: 'countRows', find: '{ campaign }', replace: "{ campaign, state: { $ne: 'skipped' } }" }],
    caughtBy: ['miscounted'],
    scenario: CAMPAIGN_SCENARIO,
  },
  {
    name: 'dead-is-sent',
    about: 'messages that a dead process was sending count as sent',
    patches: [
      {
        in: 'expireClaims',
        find: "unknownRow('the process ended before the answer was known', lookUpAt)",
        replace: "{ $set: { state: 'accepted' as const, owner: null }, $unset: { open: '' as const } }",
      },
    ],
    caughtBy: ['uncarried'],
    scenario: CAMPAIGN_SCENARIO,
  },
];
