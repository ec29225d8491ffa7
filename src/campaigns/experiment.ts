import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { endsInTest, type Tested } from '../domain/campaigns/editing.ts';
import { awaitedUntil, groupOf, HOLDOUT, winnerOf } from '../domain/campaigns/experiment.ts';
import { placedFrom } from '../domain/campaigns/schedule.ts';
import { MINUTE_MS } from '../domain/durations.ts';
import { HANDED_OVER_STATES } from '../domain/reports/delivery-tally.ts';
import { languageWithoutLink } from '../domain/templates/template.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { hasAny, isTestUnderWay } from '../store/campaigns/messages.ts';
import { notePlanned, noteWinner, pauseUntried } from '../store/campaigns/monitoring.ts';
import { outcomesOf } from '../store/campaigns/results.ts';
import type { MessageTemplateDoc } from '../store/templates/templates.ts';
import { BATCH_SIZE, readRecipients } from './recipients.ts';

/** The part of a campaign that decides when its test ends; a deadline must not come before. */
export const testedOf = ({
  deadline,
  startAt,
  wentAt,
  when,
  split,
  awaitsWinner,
  plannedAt,
}: CampaignDoc): Tested => ({
  ...{
    deadline,
    startAt: startAt && placedFrom(startAt, wentAt),
    when: when ?? null,
    test: split?.test ?? null,
  },
  ...{ awaitsWinner: awaitsWinner === true, plannedAt: plannedAt ?? null },
});

/**
 * Throws `CommandRefused` where the people who wait for the winner would get nothing, because the deadline comes
 * first.
 */
export function checkTestEnds(campaign: CampaignDoc, now: Date): void {
  if (endsInTest(testedOf(campaign), now)) throw new CommandRefused(ENDS_IN_TEST);
}

const ENDS_IN_TEST =
  'Its deadline comes before its test ends, so the people who wait for the winner would get nothing. Set a later deadline or none, POST /campaigns/{id}/edit, and resume the campaign.';

const DAY_MINUTES = 24 * 60;

/**
 * Advances a test. The wait for results begins when every message of the test is sent, except postponed ones. When
 * it is over, the other people get the best variant. People whose test message is postponed keep their variant.
 * Where nobody got a message, no variant is the best, and the campaign pauses. True where the winner was chosen
 * now.
 */
export async function chooseWinner(
  context: Pick<AppContext, 'log' | 'now' | 'store'>,
  campaign: CampaignDoc,
): Promise<boolean> {
  const { _id: id, program, topic, split, awaitsWinner, plan, plannedAt } = campaign;
  if (split?.test == null || awaitsWinner !== true || !plan.complete) return false;
  const now = context.now();
  if (plannedAt === undefined) return beginWait(context, campaign, now).then(() => false);
  const { by, waitMinutes } = split.test;
  if (now.getTime() < plannedAt.getTime() + waitMinutes * MINUTE_MS) return false;
  const since = campaign.startAt ?? campaign.createdAt;
  const days = (now.getTime() - since.getTime()) / MINUTE_MS / DAY_MINUTES;
  const asked = { campaign: id, program, topic, by, via: null, since, ended: now, days, meant: false };
  const outcomes = await outcomesOf(context.store, asked);
  const tallies = outcomes
    .filter(({ group }) => group !== HOLDOUT)
    .map(({ group, people, hits }) => ({ id: group, people, hits }));
  const best = winnerOf(by, tallies);
  if (best === null && (await anyoneWaits(context, campaign)))
    return pause(context, campaign, now).then(() => false);
  const variant = best?.id ?? split.variants[0]?.id ?? '';
  const noted = await noteWinner(context.store, id, { variant, at: now, tallies });
  if (noted) context.log.info({ campaign: id, variant }, 'the winner of a test was chosen');
  return noted;
}

async function beginWait(
  context: Pick<AppContext, 'log' | 'store'>,
  campaign: CampaignDoc,
  now: Date,
): Promise<void> {
  if (await isTestUnderWay(context.store, campaign._id, lastAwaited(campaign))) return;
  if (await isUntried(context, campaign)) return pause(context, campaign, now);
  await notePlanned(context.store, campaign._id, now);
}

const UNTRIED =
  'Nobody got a message of its test, so the test has no winner. Cancel the campaign, and draft another for its segment.';
const NOT_TRIED_YET =
  'Nobody has got a message of its test yet, so the test has no winner: the planned messages wait for a frequency cap or for permitted hours. Resume the campaign to keep waiting, or cancel it and draft another for its segment.';

async function pause(
  context: Pick<AppContext, 'log' | 'store'>,
  { _id: id }: CampaignDoc,
  at: Date,
): Promise<void> {
  const why = (await hasAny(context.store, id, MAY_TELL)) ? NOT_TRIED_YET : UNTRIED;
  if (await pauseUntried(context.store, id, { why, at }))
    context.log.error({ campaign: id }, `a campaign was paused: ${why}`);
}

/** States of deliveries that show, or may still show, how a wording does. */
const MAY_TELL = [...HANDED_OVER_STATES, 'planned', 'sending'] as const;

/** Throws `CommandRefused` where people wait for the winner of a test that can never have one. */
export async function requireTestedMessages(
  context: Pick<AppContext, 'store'>,
  campaign: CampaignDoc,
): Promise<void> {
  if (campaign.state === 'paused' && (await isUntried(context, campaign))) throw new CommandRefused(UNTRIED);
}

async function isUntried(context: Pick<AppContext, 'store'>, campaign: CampaignDoc): Promise<boolean> {
  if (campaign.awaitsWinner !== true || !campaign.plan.complete) return false;
  return !(await hasAny(context.store, campaign._id, MAY_TELL)) && anyoneWaits(context, campaign);
}

/**
 * True where anybody outside the test is still to get the campaign. A hash decides who is in the test, so the first
 * batch nearly always contains such a person.
 */
async function anyoneWaits(context: Pick<AppContext, 'store'>, campaign: CampaignDoc): Promise<boolean> {
  for (let cursor: string | null = null; ; ) {
    const plan = { ...campaign.plan, cursor };
    const { people, to, complete } = await readRecipients(context.store, { ...campaign, plan }, BATCH_SIZE);
    if (people.some(({ _id }) => variantNow(campaign, _id) === null)) return true;
    if (complete) return false;
    cursor = to;
  }
}

/** `updatedAt` of a campaign that is being sent is the time of its start or last resume. */
const lastAwaited = ({ startAt, wentAt, createdAt, updatedAt, when }: CampaignDoc): Date =>
  awaitedUntil({
    start: placedFrom(startAt ?? createdAt, wentAt),
    flownSince: updatedAt,
    spreadMs: when?.spreadMs ?? 0,
  });

/**
 * The group in which a person is planned now; `everyone` without a split. Null: the person is planned after the
 * winner is chosen, or was planned before.
 */
export const variantNow = ({ _id: campaign, split, winner }: CampaignDoc, person: string): string | null =>
  split === undefined ? 'everyone' : groupOf(split, winner?.variant ?? null, { campaign, person });

/**
 * The group assigned to a person: their own variant, or `holdout`, even after another variant won; for the people
 * outside the test, the winner.
 */
export const assignedGroup = ({ winner, ...test }: CampaignDoc, person: string): string =>
  variantNow(test, person) ?? winner?.variant ?? '';

/**
 * Throws `CommandRefused`, about `field`, where a test by clicks has a variant without a link: the variants with
 * links would win in any case.
 */
export function checkClickable(
  { split, frozen }: Pick<CampaignDoc, 'split' | 'frozen'>,
  variants: Record<string, MessageTemplateDoc>,
  field: string,
): void {
  if (split?.test?.by !== 'click') return;
  for (const [id, { texts }] of Object.entries(variants)) {
    const language = languageWithoutLink(texts);
    if (language === null) continue;
    // The split of a started campaign cannot be changed.
    const next =
      frozen === null
        ? 'or try the variants by something else, such as reply'
        : 'then take the new words, POST /campaigns/{id}/edit, or cancel this';
    const why = `The variant ${id} has no short link in its text "${language}" that a person could click`;
    throw new CommandRefused(`${why}: write {link:https://…} in it, ${next}.`, field);
  }
}
