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

/**
 * The pause after monitoring a campaign, ms, and as a multiple of the time it took: the figures of large campaigns
 * cost more.
 */
const LEAST_REST_MS = 500;
const RESTS = 5;

/** How long the deliveries of one campaign are rendered anew before other campaigns are monitored, ms. */
const TURN_MS = 5000;

/** The pause after a turn that lacked keys, ms, so that a process with the keys can come first. */
const KEYLESS_REST_MS = 5000;

const KEYLESS =
  'a paused campaign cannot be resumed yet: some messages must be rewritten by a process that has the keys of their contacts';
const AGAIN = 'the monitor of a campaign failed; it runs again after a pause';
const TOO_LONG = 'the figures of a campaign could not be read in time; they are read again after a pause';

/**
 * Monitors campaigns that are being sent, chooses the winners of tests, and renders deliveries anew after an edit.
 * Every worker polls; a claim gives each campaign to one of them.
 */
export function monitorPoller(context: AppContext, onError: (error: unknown, line: string) => void): Looker {
  const failed = (error: unknown): void => onError(error, AGAIN);
  const look = (mayGoOn: () => boolean) => monitorAll(context, mayGoOn, failed).then(() => false);
  return { look, onError: failed };
}

async function monitorAll(
  context: AppContext,
  mayGoOn: () => boolean,
  failed: (error: unknown) => void,
): Promise<void> {
  for await (const campaign of claimMonitoring(context.store, context.now)) {
    const tended =
      campaign.state === 'paused'
        ? continueRewriting(context, campaign, mayGoOn)
        : monitorCampaign(context, campaign);
    // A failure in one campaign must not stop the others.
    await tended.catch(failed);
    if (!mayGoOn()) return;
  }
}

/** One turn of rendering. The next turn continues from there, in any process. */
async function continueRewriting(
  context: AppContext,
  campaign: CampaignDoc,
  mayGoOn: () => boolean,
): Promise<void> {
  const began = context.monotonic();
  const mayRewrite = (): boolean => mayGoOn() && context.monotonic() - began < TURN_MS;
  const left = await rerenderMessages(context, campaign, mayRewrite).catch(asRefusal);
  if (left instanceof CommandRefused) return haltRewriting(context, campaign, left);
  if (left > 0) context.log.error({ campaign: campaign._id, messages: left }, KEYLESS);
  const rest = left > 0 ? KEYLESS_REST_MS : LEAST_REST_MS;
  await releaseMonitoring(context.store, campaign, new Date(context.now().getTime() + rest));
}

/**
 * Records once that the program ended or lost the topic during the pause, and tries again after the same pause as
 * for missing keys.
 */
async function haltRewriting(
  context: Pick<AppContext, 'log' | 'now' | 'store'>,
  campaign: CampaignDoc,
  { message: why }: CommandRefused,
): Promise<void> {
  const at = context.now();
  if (campaign.halted?.why !== why) {
    await moveCampaign(context.store, campaign, { halted: { why, at, rewriting: true } });
    context.log.error(
      { campaign: campaign._id },
      `the messages of a paused campaign cannot be rewritten: ${why}`,
    );
  }
  await releaseMonitoring(context.store, campaign, new Date(at.getTime() + KEYLESS_REST_MS));
}

/**
 * Chooses a winner even where the figures exceeded their time limit; slow queries also lengthen the pause before
 * the next turn. The time spent on choosing a winner does not, because the campaign must be monitored most closely
 * when it is sent to everybody.
 */
async function monitorCampaign(context: AppContext, campaign: CampaignDoc): Promise<void> {
  if (await lostTopic(context, campaign))
    return pauseWithReason(context, campaign, new CommandRefused(topicGone(campaign)));
  const began = context.monotonic();
  const watched = await doneWith(applyAutoPause(context, campaign));
  const tookMs = context.monotonic() - began;
  const chosen = await doneWith(chooseWinner(context, campaign));
  if (watched === BROKEN_OFF || chosen === BROKEN_OFF) context.log.warn({ campaign: campaign._id }, TOO_LONG);
  const restMs = RESTS * (chosen === BROKEN_OFF ? context.monotonic() - began : tookMs);
  const rest = chosen === true ? LEAST_REST_MS : Math.max(LEAST_REST_MS, restMs);
  await releaseMonitoring(context.store, campaign, new Date(context.now().getTime() + rest));
}

/** True where messages wait that may never be sent, because the program does not have their topic any more. */
async function lostTopic(
  context: Pick<AppContext, 'catalog' | 'store'>,
  campaign: CampaignDoc,
): Promise<boolean> {
  // During planning the planner checks this.
  if (!campaign.plan.complete || programAndTopic(context, campaign) !== null) return false;
  // Another process may have restored the topic a moment ago.
  await context.catalog.refresh();
  if (programAndTopic(context, campaign) !== null) return false;
  // A message of unknown outcome does not wait. It delays the campaign's end only as long as it may be put back.
  return hasAny(context.store, campaign._id, ['planned', 'sending']);
}

const BROKEN_OFF = 'broken-off';

/** The result of the work, or `BROKEN_OFF` where a query exceeded its time limit. */
async function doneWith<T>(work: Promise<T>): Promise<T | typeof BROKEN_OFF> {
  try {
    return await work;
  } catch (error) {
    if (!isTimeLimit(error)) throw error;
    return BROKEN_OFF;
  }
}

/**
 * Pauses a campaign whose figures break a rule. Messages sent before a person last resumed the campaign do not
 * count, or it would pause again over figures that the person has seen.
 */
async function applyAutoPause(
  context: Pick<AppContext, 'log' | 'now' | 'store'>,
  campaign: CampaignDoc,
): Promise<void> {
  const now = context.now();
  const { breaker } = await readCampaignRules(context.store);
  // No message was sent before the start, so all windows that reach further back are the same and are queried once.
  const first = Math.max(campaign.startAt?.getTime() ?? 0, campaign.watchedFrom?.getTime() ?? 0);
  const begin = (minutes: number): number => Math.max(now.getTime() - minutes * MINUTE_MS, first);
  const figures = new Map<number, Figures>();
  for (const from of new Set(Object.values(breaker).map((rule) => begin(rule.windowMinutes)))) {
    figures.set(from, await figuresSince(context.store, campaign._id, new Date(from)));
  }
  const figuresIn = (minutes: number) => figures.get(begin(minutes)) as Figures;
  const trip = autoPauseHit(breaker, figuresIn, now, campaign.watchedFrom ?? null);
  if (trip === null || !(await autoPause(context.store, campaign, trip))) return;
  context.log.warn(
    { campaign: campaign._id, rule: trip.rule, hits: trip.hits, of: trip.of },
    tripSentence(trip),
  );
}
