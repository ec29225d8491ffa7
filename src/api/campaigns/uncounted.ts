import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { ifTooLong } from '../too-long.ts';

export const pageUncounted = ifTooLong(
  'Counting the messages of a campaign of this page took too long.',
  'Ask again when less is sent, or for fewer: "limit", "state" or "run_of".',
);

export const uncounted = ifTooLong(
  'Counting the messages of this campaign took too long.',
  'Ask again when less is sent.',
);

/** After a change, which is made by then: asked for once more it would be refused. */
export const changedUncounted = ({ state }: CampaignDoc) =>
  ifTooLong(
    `It was done, and the state of the campaign is "${state}". Only counting its messages for this answer took too long.`,
    'Do not ask for the change again. GET /campaigns/{id} shows it when less is sent.',
  );
