import type { AppContext } from '../../consent/app-context.ts';
import { asRefusal, CommandRefused } from '../../consent/command-refused.ts';
import { autoPauseHit, type Figures, tripSentence } from '../../domain/campaigns/auto-pause.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import type { CampaignDoc } from '../../store/campaigns/campaign-document.ts';
import { moveCampaign, readCampaignRules } from '../../store/campaigns/campaigns.ts';
import { figuresSince } from '../../store/campaigns/figures.ts';
import { hasAny } from '../../store/campaigns/messages.ts';
import { autoPause, claimMonitoring, releaseMonitoring } from '../../store/campaigns/monitoring.ts';
import { isTimeLimit } from '../../store/database-errors.ts';
import type { Looker } from '../../store/poller.ts';
import { programAndTopic, topicGone } from '../content.ts';
import { rerenderMessages } from '../editing.ts';
import { chooseWinner } from '../experiment.ts';
import { pauseWithReason } from './planner.ts';

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
export function monitorPoller(desk: AppContext, onError: (error: unknown, line: string) => void): Looker {
  const failed = (error: unknown): void => onError(error, AGAIN);
  const look = (mayGoOn: () => boolean) => tendAll(desk, mayGoOn, failed).then(() => false);
  return { look, onError: failed };
}

async function tendAll(
  desk: AppContext,
  mayGoOn: () => boolean,
  failed: (error: unknown) => void,
): Promise<void> {
  for await (const campaign of claimMonitoring(desk.store, desk.now)) {
    const tended =
      campaign.state === 'paused' ? rewriteOn(desk, campaign, mayGoOn) : monitorCampaign(desk, campaign);
    // One that cannot be read leaves the others their turn.
    await tended.catch(failed);
    if (!mayGoOn()) return;
  }
}

/** One turn. Whoever has the next goes on from there, also after this process has ended. */
async function rewriteOn(desk: AppContext, campaign: CampaignDoc, mayGoOn: () => boolean): Promise<void> {
  const began = desk.monotonic();
  const mayRewrite = (): boolean => mayGoOn() && desk.monotonic() - began < TURN_MS;
  const left = await rerenderMessages(desk, campaign, mayRewrite).catch(asRefusal);
  if (left instanceof CommandRefused) return haltRewriting(desk, campaign, left);
  if (left > 0) desk.log.error({ campaign: campaign._id, messages: left }, KEYLESS);
  const rest = left > 0 ? KEYLESS_REST_MS : LEAST_REST_MS;
  await releaseMonitoring(desk.store, campaign, new Date(desk.now().getTime() + rest));
}

/** Its program ended, or lost its topic, while it was paused: said once, and looked at again as slowly as keys are. */
async function haltRewriting(
  desk: AppContext,
  campaign: CampaignDoc,
  { message: why }: CommandRefused,
): Promise<void> {
  const at = desk.now();
  if (campaign.halted?.why !== why) {
    await moveCampaign(desk.store, campaign, { halted: { why, at, rewriting: true } });
    desk.log.error({ campaign: campaign._id }, `a paused campaign is not written anew: ${why}`);
  }
  await releaseMonitoring(desk.store, campaign, new Date(at.getTime() + KEYLESS_REST_MS));
}

/**
 * A winner is chosen also where the figures took too long; what took too long has its rest too. How long a winner took to be
 * chosen keeps nobody from being watched, least of all as it goes to everybody.
 */
async function monitorCampaign(desk: AppContext, campaign: CampaignDoc): Promise<void> {
  if (await lostTopic(desk, campaign))
    return pauseWithReason(desk, campaign, new CommandRefused(topicGone(campaign)));
  const began = desk.monotonic();
  const watched = await doneWith(applyAutoPause(desk, campaign));
  const tookMs = desk.monotonic() - began;
  const chosen = await doneWith(chooseWinner(desk, campaign));
  if (watched === BROKEN_OFF || chosen === BROKEN_OFF) desk.log.warn({ campaign: campaign._id }, TOO_LONG);
  const restMs = RESTS * (chosen === BROKEN_OFF ? desk.monotonic() - began : tookMs);
  const rest = chosen === true ? LEAST_REST_MS : Math.max(LEAST_REST_MS, restMs);
  await releaseMonitoring(desk.store, campaign, new Date(desk.now().getTime() + rest));
}

/** Whether messages of it wait that nobody may get any more, since its program has their topic no more. */
async function lostTopic(desk: AppContext, campaign: CampaignDoc): Promise<boolean> {
  // While it is planned its planner sees to that.
  if (!campaign.plan.complete || programAndTopic(desk, campaign) !== null) return false;
  // Another process may have given it back a moment ago.
  await desk.catalog.refresh();
  if (programAndTopic(desk, campaign) !== null) return false;
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

/**
 * Pauses a flying campaign whose figures break a rule. What left before a person last resumed it counts no more, so
 * that it does not stop again over what they saw.
 */
async function applyAutoPause(desk: AppContext, campaign: CampaignDoc): Promise<void> {
  const now = desk.now();
  const { breaker } = await readCampaignRules(desk.store);
  // Nothing left before it started: windows that reach further back are one and are asked about once.
  const first = Math.max(campaign.startAt?.getTime() ?? 0, campaign.watchedFrom?.getTime() ?? 0);
  const begin = (minutes: number): number => Math.max(now.getTime() - minutes * MINUTE_MS, first);
  const figures = new Map<number, Figures>();
  for (const from of new Set(Object.values(breaker).map((rule) => begin(rule.windowMinutes)))) {
    figures.set(from, await figuresSince(desk.store, campaign._id, new Date(from)));
  }
  const figuresIn = (minutes: number) => figures.get(begin(minutes)) as Figures;
  const trip = autoPauseHit(breaker, figuresIn, now, campaign.watchedFrom ?? null);
  if (trip === null || !(await autoPause(desk.store, campaign, trip))) return;
  desk.log.warn(
    { campaign: campaign._id, rule: trip.rule, hits: trip.hits, of: trip.of },
    tripSentence(trip),
  );
}
