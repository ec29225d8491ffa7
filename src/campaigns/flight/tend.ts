import type { Desk } from '../../consent/desk.ts';
import { type CampaignDoc, moveCampaign } from '../../store/campaigns/campaigns.ts';
import { claimTending, restTending } from '../../store/campaigns/flight.ts';
import { hasAny } from '../../store/campaigns/plan.ts';
import { isTimeLimit } from '../../store/database-failure.ts';
import type { Looker } from '../looking.ts';
import { Refused, refusalOf } from '../refused.ts';
import { chooseWinner } from './choose-winner.ts';
import { aboutOf, topicGone } from './going.ts';
import { pauseUnready } from './pause-unready.ts';
import { rewriteRows } from './rewrite-rows.ts';
import { watchCampaign } from './watch.ts';

/** After a look at least so long passes, and so many times what it took: the figures of a large campaign cost more. */
const LEAST_REST_MS = 500;
const RESTS = 5;

/** How long rows of one campaign are written anew before the others are looked at, ms. */
const TURN_MS = 5000;

/** After a turn that lacked keys, ms: a process that has them may come first. */
const KEYLESS_REST_MS = 5000;

const KEYLESS =
  'messages of a paused campaign wait for a process with the keys of their people; it cannot be resumed before';
const AGAIN = 'a campaign could not be tended; it is tried again';
const TOO_LONG = 'figures of a campaign took the database too long; they are asked for again after a rest';

/**
 * Watches flying campaigns, chooses the winners of tests, and writes rows anew after an edit. Every worker looks; each campaign
 * is tended by one of them.
 */
export function tending(desk: Desk, onError: (error: unknown, line: string) => void): Looker {
  const failed = (error: unknown): void => onError(error, AGAIN);
  const look = (mayGoOn: () => boolean) => tendAll(desk, mayGoOn, failed).then(() => false);
  return { look, onError: failed };
}

async function tendAll(desk: Desk, mayGoOn: () => boolean, failed: (error: unknown) => void): Promise<void> {
  for await (const campaign of claimTending(desk.store, desk.now)) {
    const tended =
      campaign.state === 'paused' ? rewriteOn(desk, campaign, mayGoOn) : watchOver(desk, campaign);
    // One that cannot be read leaves the others their turn.
    await tended.catch(failed);
    if (!mayGoOn()) return;
  }
}

/** One turn. Whoever has the next goes on from there, also after this process has ended. */
async function rewriteOn(desk: Desk, campaign: CampaignDoc, mayGoOn: () => boolean): Promise<void> {
  const began = desk.monotonic();
  const mayRewrite = (): boolean => mayGoOn() && desk.monotonic() - began < TURN_MS;
  const left = await rewriteRows(desk, campaign, mayRewrite).catch(refusalOf);
  if (left instanceof Refused) return haltRewriting(desk, campaign, left);
  if (left > 0) desk.log.error({ campaign: campaign._id, messages: left }, KEYLESS);
  const rest = left > 0 ? KEYLESS_REST_MS : LEAST_REST_MS;
  await restTending(desk.store, campaign, new Date(desk.now().getTime() + rest));
}

/** Its program ended, or lost its topic, while it was paused: said once, and looked at again as slowly as keys are. */
async function haltRewriting(desk: Desk, campaign: CampaignDoc, { message: why }: Refused): Promise<void> {
  const at = desk.now();
  if (campaign.halted?.why !== why) {
    await moveCampaign(desk.store, campaign, { halted: { why, at, rewriting: true } });
    desk.log.error({ campaign: campaign._id }, `a paused campaign is not written anew: ${why}`);
  }
  await restTending(desk.store, campaign, new Date(at.getTime() + KEYLESS_REST_MS));
}

/**
 * A winner is chosen also where the figures took too long; what took too long has its rest too. How long a winner took to be
 * chosen keeps nobody from being watched, least of all as it goes to everybody.
 */
async function watchOver(desk: Desk, campaign: CampaignDoc): Promise<void> {
  if (await lostTopic(desk, campaign)) return pauseUnready(desk, campaign, new Refused(topicGone(campaign)));
  const began = desk.monotonic();
  const watched = await doneWith(watchCampaign(desk, campaign));
  const tookMs = desk.monotonic() - began;
  const chosen = await doneWith(chooseWinner(desk, campaign));
  if (watched === BROKEN_OFF || chosen === BROKEN_OFF) desk.log.warn({ campaign: campaign._id }, TOO_LONG);
  const restMs = RESTS * (chosen === BROKEN_OFF ? desk.monotonic() - began : tookMs);
  const rest = chosen === true ? LEAST_REST_MS : Math.max(LEAST_REST_MS, restMs);
  await restTending(desk.store, campaign, new Date(desk.now().getTime() + rest));
}

/** Whether messages of it wait that nobody may get any more, since its program has their topic no more. */
async function lostTopic(desk: Desk, campaign: CampaignDoc): Promise<boolean> {
  // While it is planned its planner sees to that.
  if (!campaign.plan.complete || aboutOf(desk, campaign) !== null) return false;
  // Another process may have given it back a moment ago.
  await desk.catalog.refresh();
  if (aboutOf(desk, campaign) !== null) return false;
  // One of unknown outcome does not wait, and keeps the campaign from its end no longer than it may be put back.
  return hasAny(desk.store, campaign._id, ['planned', 'sending']);
}

const BROKEN_OFF = 'broken-off';

/** What came of it, or that the database broke it off. */
async function doneWith<T>(work: Promise<T>): Promise<T | typeof BROKEN_OFF> {
  try {
    return await work;
  } catch (error) {
    if (!isTimeLimit(error)) throw error;
    return BROKEN_OFF;
  }
}
