import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { makeUpWords } from '../domain/campaigns/experiment.ts';
import { campaignIdFault } from '../domain/sending/lanes.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { findCampaign, findOpenResend, insertResend } from '../store/campaigns/campaigns.ts';

/**
 * Drafts a resend with the same words for the people who did not get a campaign that is over: failed, undelivered,
 * expired, or skipped for lack of words, a coupon code, a sender, the topic or a permitted hour. People whose
 * message a cancel stopped do not count. `variant`: whose words to use after a split without a winner. Null where
 * there is no such campaign. Throws `CommandRefused`.
 */
export async function draftResend(
  context: Pick<AppContext, 'now' | 'store'>,
  of: string,
  { id, unknownToo, variant, by }: { id: string; unknownToo: boolean; variant: string | null; by: string },
): Promise<CampaignDoc | null> {
  const before = await findCampaign(context.store, of);
  if (before === null) return null;
  if (before.missed !== undefined) throw new CommandRefused(isResend(before.missed.of));
  if (before.repeat !== undefined) throw new CommandRefused(byRun(before.repeat.lastRun));
  if (before.state !== 'finished' && before.state !== 'canceled') {
    throw new CommandRefused(
      'The campaign has not ended. The people who missed it are known once it is finished or canceled.',
    );
  }
  const idFault = campaignIdFault(id);
  if (idFault !== null) throw new CommandRefused(idFault, 'id');
  const { name, program, topic, segment, capped, template, split = null, winner } = before;
  const words = makeUpWords({ template, split }, { winner: winner?.variant ?? null, variant });
  if ('why' in words) throw new CommandRefused(words.why, words.field);
  const draft = {
    ...{ _id: id, name: `${name}, missed`.slice(0, 80), program, topic, segment, ...words, capped },
    ...{ missed: { of, unknownToo }, savedBy: by },
  };
  const inserted = await insertResend(context.store, draft, context.now());
  if (inserted !== null) return inserted;
  const open = await findOpenResend(context.store, of);
  throw open === null
    ? new CommandRefused('A campaign with this id exists. Choose another id.', 'id')
    : new CommandRefused(
        `The campaign "${open}" already goes to the people who missed "${of}". Wait until it has ended, or cancel it.`,
      );
}

/** The audience of a resend as a sentence. `name`: that of the original. `said`: the audience of the original. */
export const missedSentence = (name: string, said: string): string =>
  `Everyone who missed the campaign “${name}” (${said.replace(/^E/, 'e').replace(/\.$/, '')}).`;

/** Another resend of the original also reaches the people who missed its first resend. */
const isResend = (original: string): string =>
  `It is a resend itself. Draft another resend of "${original}" for the people whom neither reached: POST /campaigns/${original}/missed.`;

const byRun = (lastRun: string | null): string =>
  lastRun === null
    ? 'It is a recurrence without any run yet, so nobody missed it.'
    : `It is a recurrence, and each run has a resend of its own. For the last run: POST /campaigns/${lastRun}/missed.`;
