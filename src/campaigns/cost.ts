import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import type { Actor } from '../domain/access/actor.ts';
import {
  type Cost,
  costOf,
  type EqualMessages,
  type EstimatedCost,
  estimatedCost,
  kindOfMessage,
  type PriceTable,
  type Volume,
} from '../domain/campaigns/cost.ts';
import { isToLeave } from '../domain/campaigns/forecast.ts';
import { grouped } from '../domain/grouped.ts';
import { type HowMany, type SampleBasis, scaledUp, type Total, totalOf } from '../domain/statistics.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { readPrices, writePrices } from '../store/campaigns/campaigns.ts';
import { partsBySender } from '../store/campaigns/figures.ts';
import { messageContext } from './content.ts';
import { previewAsItIs } from './reach.ts';
import type { PlacedMessage, Timing } from './schedule-preview.ts';
import { isToBegin } from './send-history.ts';

/** What one part costs by country, kind of number and medium. Null until somebody saves it. */
export async function showPriceTable({ store }: Pick<AppContext, 'store'>): Promise<PriceTable | null> {
  return readPrices(store);
}

/** Replaces the whole price table. Throws `CommandRefused` when two prices are for the same kind of message. */
export async function savePriceTable(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>,
  { actor, table }: { actor: Actor; table: PriceTable },
): Promise<void> {
  const { prices } = table;
  const named = prices.map(({ country, kind, media }) => `${country} ${kind} ${media}`);
  if (new Set(named).size < named.length)
    throw new CommandRefused('Two are for the same country, kind and media.', 'prices');
  await writePrices(context.store, table, context.now());
  await recordAudit(context, {
    actor,
    act: 'prices-saved',
    subject: null,
    details: { prices: prices.length },
  });
}

/** Parts and cost of messages that have not left. */
export type CostAhead = { parts: Total; cost: EstimatedCost | null };

type CostOf = {
  table: PriceTable | null;
  /**
   * The parts that the preview expects the campaign to send. With a test under way: those for the people who wait for
   * the winner. For a recurrence: those of its next run. Null once the first of these people are planned, and where
   * no estimate can be made.
   */
  estimate: (CostAhead & { people: HowMany; judged: number }) | null;
  /**
   * The cost of what was sent so far. `unsure`: parts of unknown outcome. Null for a recurrence, because each run
   * has its own cost.
   */
  actual: { parts: number; unsure: number; cost: Cost | null } | null;
  /** The cost of planned, unsent messages; null for a recurrence. */
  ahead: { parts: number; cost: Cost | null } | null;
};

/**
 * The expected cost of a campaign, and the cost of what it has sent. Throws `InvalidSegment`, and `CommandRefused` where a draft is
 * incomplete or its people could not be counted in time.
 */
export async function costOfCampaign(context: AppContext, campaign: CampaignDoc): Promise<CostOf> {
  const timing = await timingToEstimate(context, campaign);
  const table = await readPrices(context.store);
  const estimate = timing && estimateOf(context, table, timing);
  if (campaign.repeat !== undefined) return { table, estimate, actual: null, ahead: null };
  const costFor = (volumes: Volume[]): Cost | null => (table === null ? null : costOf(table, volumes));
  const rows = await partsBySender(context.store, campaign._id);
  const volumes = (state: 'left' | 'unknown' | 'planned'): Volume[] =>
    rows.flatMap((row) => {
      const kind = kindOf(context, row);
      return kind === null || row[state] === 0 ? [] : [{ ...kind, parts: row[state] }];
    });
  return {
    table,
    estimate,
    actual: {
      parts: sum(volumes('left')),
      unsure: sum(volumes('unknown')),
      cost: costFor(volumes('left')),
    },
    ahead: { parts: sum(volumes('planned')), cost: costFor(volumes('planned')) },
  };
}

const sum = (volumes: readonly Volume[]): number => volumes.reduce((total, { parts }) => total + parts, 0);

function kindOf(
  { catalog }: Pick<AppContext, 'catalog'>,
  row: { sender: string; mms: boolean },
): Omit<Volume, 'parts'> | null {
  return kindOfMessage(catalog.current().book, row);
}

/** Parts and cost of everything that a preview says will leave, also once a stopped sender is resumed. */
export async function priced(
  context: Pick<AppContext, 'catalog' | 'store'>,
  { placed, basis }: Pick<Timing, 'placed' | 'basis'>,
): Promise<{ table: PriceTable | null; cost: CostAhead }> {
  const table = await readPrices(context.store);
  return { table, cost: costAhead(context, table, placed.filter(isToLeave), basis) };
}

function estimateOf(
  context: Pick<AppContext, 'catalog'>,
  table: PriceTable | null,
  { placed, basis, judged }: Timing,
): NonNullable<CostOf['estimate']> {
  const unplanned = placed.filter(isToLeave).filter(({ isPlanned }) => !isPlanned);
  return {
    ...costAhead(context, table, unplanned, basis),
    people: scaledUp(unplanned.length, basis),
    judged,
  };
}

function costAhead(
  context: Pick<AppContext, 'catalog'>,
  table: PriceTable | null,
  messages: readonly PlacedMessage[],
  basis: SampleBasis,
): CostAhead {
  const alike = grouped(messages, ({ sender, mms, parts }) => `${sender.number} ${mms} ${parts}`);
  const equal = [...alike.values()].flatMap((group): EqualMessages[] => {
    const [first] = group;
    const kind = first && kindOf(context, { sender: first.sender.number, mms: first.mms });
    return kind ? [{ ...kind, partsEach: first.parts, people: scaledUp(group.length, basis) }] : [];
  });
  const byParts = [...grouped(messages, ({ parts }) => parts)];
  return {
    parts: totalOf(new Map(byParts.map(([parts, group]) => [parts, group.length])), basis),
    cost: table === null ? null : estimatedCost(table, equal),
  };
}

/**
 * The preview behind an estimate. Null where nothing is left to estimate, or where a started campaign cannot be
 * previewed: its cost so far is returned all the same.
 */
async function timingToEstimate(context: AppContext, campaign: CampaignDoc): Promise<Timing | null> {
  if (campaign.state === 'draft') return previewAsItIs(context, campaign);
  const { plan, frozen } = campaign;
  const rest = (plan.complete && campaign.awaitsWinner === true) || isWon(campaign);
  if (frozen === null || !(rest || isToBegin(campaign)) || OVER.includes(campaign.state)) return null;
  try {
    // Refuses where the program has ended.
    await messageContext(context, campaign);
    return await previewAsItIs(context, campaign);
  } catch (error) {
    if (error instanceof CommandRefused) return null;
    throw error;
  }
}

/** True where the winner is chosen and none of the people who waited for it is planned yet. */
const isWon = ({ winner, plan }: CampaignDoc): boolean =>
  winner !== undefined && !plan.complete && plan.cursor === null;

const OVER: readonly CampaignDoc['state'][] = ['finished', 'canceled'];
