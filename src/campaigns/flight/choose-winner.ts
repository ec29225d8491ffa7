import type { Desk } from '../../consent/desk.ts';
import { awaitedUntil } from '../../domain/campaigns/awaited.ts';
import { placedFrom } from '../../domain/campaigns/due.ts';
import { HOLDOUT, winnerOf } from '../../domain/campaigns/split.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { LEFT } from '../../store/campaigns/figures.ts';
import { outcomesOf } from '../../store/campaigns/outcomes.ts';
import { hasAny, isTestUnderWay } from '../../store/campaigns/plan.ts';
import { notePlanned, noteWinner, pauseUntried } from '../../store/campaigns/winner.ts';
import { readPeople } from '../audience/people-of.ts';
import { Refused } from '../refused.ts';
import { SLICE } from './plan-slice.ts';
import { turnOf } from './turns.ts';

const DAY_MINUTES = 24 * 60;

/**
 * The wait begins once every message of the test has left that is not put off; when it is over the rest of the people
 * get the best. Who is put off has their variant, and gets it whenever it goes. Where nobody got any nothing is the best,
 * and it pauses. True where it was chosen now.
 */
export async function chooseWinner(desk: Desk, campaign: CampaignDoc): Promise<boolean> {
  const { _id: id, program, topic, split, awaitsWinner, plan, plannedAt } = campaign;
  if (split?.test == null || awaitsWinner !== true || !plan.complete) return false;
  const now = desk.now();
  if (plannedAt === undefined) return beginWait(desk, campaign, now).then(() => false);
  const { by, waitMinutes } = split.test;
  if (now.getTime() < plannedAt.getTime() + waitMinutes * MINUTE_MS) return false;
  const since = campaign.startAt ?? campaign.createdAt;
  const days = (now.getTime() - since.getTime()) / MINUTE_MS / DAY_MINUTES;
  const asked = { campaign: id, program, topic, by, via: null, since, ended: now, days, meant: false };
  const outcomes = await outcomesOf(desk.store, asked);
  const tallies = outcomes
    .filter(({ group }) => group !== HOLDOUT)
    .map(({ group, people, hits }) => ({ id: group, people, hits }));
  const best = winnerOf(by, tallies);
  if (best === null && (await anyoneWaits(desk, campaign)))
    return pause(desk, campaign, now).then(() => false);
  const variant = best?.id ?? split.variants[0]?.id ?? '';
  const noted = await noteWinner(desk.store, id, { variant, at: now, tallies });
  if (noted) desk.log.info({ campaign: id, variant }, 'the winner of a test was chosen');
  return noted;
}

async function beginWait(desk: Desk, campaign: CampaignDoc, now: Date): Promise<void> {
  if (await isTestUnderWay(desk.store, campaign._id, lastAwaited(campaign))) return;
  if (await isUntried(desk, campaign)) return pause(desk, campaign, now);
  await notePlanned(desk.store, campaign._id, now);
}

const UNTRIED =
  'Nobody got a message of its test, so that no wording did best. Cancel it, and draft another for its segment.';
const NOT_TRIED_YET =
  'Nobody has got a message of its test yet, so that no wording did best: what is planned waits for a cap, or for its hour. Resume it to wait on for that; or cancel it, and draft another for its segment.';

async function pause(desk: Desk, { _id: id }: CampaignDoc, at: Date): Promise<void> {
  const why = (await hasAny(desk.store, id, MAY_TELL)) ? NOT_TRIED_YET : UNTRIED;
  if (await pauseUntried(desk.store, id, { why, at }))
    desk.log.error({ campaign: id }, `a campaign was paused: ${why}`);
}

/** Rows that tell what a wording does, and those that may yet. */
const MAY_TELL = [...LEFT, 'planned', 'sending'] as const;

/** Throws `Refused` where people wait for the winner of a test that nobody can tell any more. */
export async function checkTried(desk: Desk, campaign: CampaignDoc): Promise<void> {
  if (campaign.state === 'paused' && (await isUntried(desk, campaign))) throw new Refused(UNTRIED);
}

async function isUntried(desk: Desk, campaign: CampaignDoc): Promise<boolean> {
  if (campaign.awaitsWinner !== true || !campaign.plan.complete) return false;
  return !(await hasAny(desk.store, campaign._id, MAY_TELL)) && anyoneWaits(desk, campaign);
}

/** Whether anybody is still to get it: who is not of the test. They are drawn, so that one of the first nearly always is. */
async function anyoneWaits(desk: Desk, campaign: CampaignDoc): Promise<boolean> {
  for (let cursor: string | null = null; ; ) {
    const plan = { ...campaign.plan, cursor };
    const { people, to, complete } = await readPeople(desk.store, { ...campaign, plan }, SLICE);
    if (people.some(({ _id }) => turnOf(campaign, _id) === null)) return true;
    if (complete) return false;
    cursor = to;
  }
}

/** While it flies it was last updated when it began to, or went on. */
const lastAwaited = ({ startAt, wentAt, createdAt, updatedAt, when }: CampaignDoc): Date =>
  awaitedUntil({
    start: placedFrom(startAt ?? createdAt, wentAt),
    flownSince: updatedAt,
    spreadMs: when?.spreadMs ?? 0,
  });
