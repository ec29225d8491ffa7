import type { Desk } from '../../consent/desk.ts';
import { awaitedUntil } from '../../domain/campaigns/awaited.ts';
import { HOLDOUT, winnerOf } from '../../domain/campaigns/split.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { notePlanned, noteWinner } from '../../store/campaigns/flight.ts';
import { outcomesOf } from '../../store/campaigns/outcomes.ts';
import { isTestUnderWay } from '../../store/campaigns/plan.ts';

const DAY_MINUTES = 24 * 60;

/**
 * The wait begins once every message of the test has left that is not put off; when it is over the rest of the people
 * get the best. Who is put off has their variant, and gets it whenever it goes.
 */
export async function chooseWinner(desk: Desk, campaign: CampaignDoc): Promise<void> {
  const { _id: id, program, topic, split, awaitsWinner, plan, plannedAt } = campaign;
  if (split?.test == null || awaitsWinner !== true || !plan.complete) return;
  const now = desk.now();
  if (plannedAt === undefined) {
    if (!(await isTestUnderWay(desk.store, id, lastAwaited(campaign))))
      await notePlanned(desk.store, id, now);
    return;
  }
  const { by, waitMinutes } = split.test;
  if (now.getTime() < plannedAt.getTime() + waitMinutes * MINUTE_MS) return;
  const since = campaign.startAt ?? campaign.createdAt;
  const days = (now.getTime() - since.getTime()) / MINUTE_MS / DAY_MINUTES;
  const asked = { campaign: id, program, topic, by, via: null, since, ended: now, days, meant: false };
  const outcomes = await outcomesOf(desk.store, asked);
  const tallies = outcomes
    .filter(({ group }) => group !== HOLDOUT)
    .map(({ group, people, hits }) => ({ id: group, people, hits }));
  const best = winnerOf(by, tallies)?.id ?? split.variants[0]?.id ?? '';
  if (await noteWinner(desk.store, id, { variant: best, at: now, tallies })) {
    desk.log.info({ campaign: id, variant: best }, 'the winner of a test was chosen');
  }
}

/** While it flies it was last updated when it began to, or went on. */
const lastAwaited = ({ startAt, wentAt, createdAt, updatedAt, when }: CampaignDoc): Date =>
  awaitedUntil({
    start: wentAt ?? startAt ?? createdAt,
    flownSince: updatedAt,
    spreadMs: when?.spreadMs ?? 0,
  });
