import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { isTimeLimit } from '../../store/database-failure.ts';
import { Problem } from '../problem.ts';

/** What is answered where messages could not be counted in time; other errors are thrown as they are. */
const refusing =
  (detail: string, next_step: string) =>
  (error: unknown): never => {
    if (!isTimeLimit(error)) throw error;
    throw new Problem('unavailable', detail, { next_step });
  };

export const pageUncounted = refusing(
  'Counting the messages of a campaign of this page took too long.',
  'Ask again when less is sent, or for fewer: "limit", "state" or "run_of".',
);

export const uncounted = refusing(
  'Counting the messages of this campaign took too long.',
  'Ask again when less is sent.',
);

/** After a change, which is made by then: asked for once more it would be refused. */
export const changedUncounted = ({ state }: CampaignDoc) =>
  refusing(
    `It was done, and the state of the campaign is "${state}". Only counting its messages for this answer took too long.`,
    'Do not ask for the change again. GET /campaigns/{id} shows it when less is sent.',
  );
