import type { Desk } from '../../consent/desk.ts';
import { type Figures, tripOf, tripSentence } from '../../domain/campaigns/breaker.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import type { CampaignDoc } from '../../store/campaigns/campaigns.ts';
import { figuresSince } from '../../store/campaigns/figures.ts';
import { pauseFor } from '../../store/campaigns/flight.ts';
import { readCampaignRules } from '../../store/campaigns/rules.ts';

/**
 * Pauses a flying campaign whose figures break a rule. What left before a person last resumed it counts no more, so
 * that it does not stop again over what they saw.
 */
export async function watchCampaign(desk: Desk, campaign: CampaignDoc): Promise<void> {
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
  const trip = tripOf(breaker, figuresIn, now, campaign.watchedFrom ?? null);
  if (trip === null || !(await pauseFor(desk.store, campaign, trip))) return;
  desk.log.warn(
    { campaign: campaign._id, rule: trip.rule, hits: trip.hits, of: trip.of },
    tripSentence(trip),
  );
}
