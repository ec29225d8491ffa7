import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { HOLDOUT } from '../domain/campaigns/experiment.ts';
import { mayBeBase, type Via } from '../domain/campaigns/results.ts';
import { difference, type Interval, meanDifference, wilson } from '../domain/statistics.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { outcomesOf, type RecipientOutcome } from '../store/campaigns/results.ts';

type Between = Interval & { value: number };

type GroupResult = RecipientOutcome & { rate: Interval };

/**
 * The comparison of two groups. `rate`: difference in the share of people who did it. `worth`: difference in the
 * amount per person; null with too few people.
 */
type Comparison = { of: string; against: string; rate: Between; worth: Between | null };

/**
 * The choice of a test's winner by the figures of that moment, which are kept with it. `rate`: null for a variant
 * that was sent to nobody.
 */
type Decision = {
  winner: string;
  at: Date;
  by: string;
  groups: { group: string; people: number; hits: number; rate: Interval | null }[];
};

type Results = { groups: GroupResult[]; comparisons: Comparison[]; decision: Decision | null };

/**
 * What the people of each group did within `days` after their message. Each variant is compared with the holdout
 * and with the first variant. With a holdout, everybody who was meant to get the message counts, since only that
 * group is comparable with the holdout. `via` limits the results to those attributed by a click or a coupon code;
 * for these, and for clicks, nothing is compared with the holdout. Throws `CommandRefused` for a recurrence.
 */
export async function resultsOf(
  context: Pick<AppContext, 'now' | 'store'>,
  campaign: CampaignDoc,
  { by, via, days }: { by: string; via: Via | null; days: number },
): Promise<Results> {
  if (campaign.repeat !== undefined) throw new CommandRefused(byRun(campaign.repeat.lastRun));
  const since = campaign.startAt ?? campaign.createdAt;
  const ended = campaign.endedAt ?? context.now();
  const meant = (campaign.split?.holdout ?? 0) > 0;
  const { _id, program, topic } = campaign;
  const asked = { campaign: _id, program, topic, by, via, since, ended, days, meant };
  const outcomes = await outcomesOf(context.store, asked);
  const everyone = outcomes.filter(({ people }) => people > 0);
  const holdouts = everyone.filter(({ group }) => group === HOLDOUT && mayBeBase(group, by, via));
  const variants = everyone.filter(({ group }) => group !== HOLDOUT);
  const pairs = [
    ...holdouts.flatMap((base) => variants.map((variant) => compared(variant, base))),
    ...variants.slice(1).flatMap((variant) => variants.slice(0, 1).map((first) => compared(variant, first))),
  ];
  return {
    groups: everyone.map((recipientOutcome) => ({ ...recipientOutcome, rate: wilson(recipientOutcome) })),
    comparisons: pairs,
    decision: decisionOf(campaign),
  };
}

/** Null without a test, and until its winner is chosen. */
function decisionOf({ split, winner }: CampaignDoc): Decision | null {
  if (split?.test == null || winner === undefined) return null;
  const { variant, at, tallies } = winner;
  const groups = tallies.map(({ id, people, hits }) => ({
    ...{ group: id, people, hits },
    rate: people === 0 ? null : wilson({ hits, people }),
  }));
  return { winner: variant, at, by: split.test.by, groups };
}

const byRun = (lastRun: string | null): string =>
  lastRun === null
    ? 'It is a recurrence without any run yet, so there are no results.'
    : `It is a recurrence, and each run has results of its own. For the last run: GET /campaigns/${lastRun}/results.`;

const compared = (outcome: RecipientOutcome, baseline: RecipientOutcome): Comparison => ({
  of: outcome.group,
  against: baseline.group,
  rate: difference(outcome, baseline),
  worth: meanDifference(outcome, baseline),
});
