import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import type { Limits } from '../domain/campaigns/auto-pause.ts';
import type { PriceTable } from '../domain/campaigns/cost.ts';
import {
  readCampaignRules,
  readPrices,
  writeCampaignRules,
  writePrices,
} from '../store/campaigns/campaigns.ts';

type Reading = Pick<AppContext, 'store'>;
type Writing = Pick<AppContext, 'store' | 'log' | 'now'>;

/** What holds for all campaigns of the installation. */
export type CampaignSettings = {
  /** Campaigns to more people than this need the approval of a second person. Null: no campaign needs one. */
  approvalOver: number | null;
  /** What pauses a campaign automatically. */
  breaker: Limits;
};

/** The settings in force; the usual ones until somebody saves others. */
export async function showCampaignSettings({ store }: Reading): Promise<CampaignSettings> {
  const { approvalOver, breaker } = await readCampaignRules(store);
  return { approvalOver, breaker };
}

/** Replaces the settings. They take effect at the next check of each running campaign. */
export async function saveCampaignSettings(
  { store, log, now }: Writing,
  { key, settings }: { key: string; settings: CampaignSettings },
): Promise<void> {
  await writeCampaignRules(store, settings, now());
  log.info({ key }, 'the rules of campaigns were saved');
}

/** What one part costs by country, kind of number and medium. Null until somebody saves it. */
export async function showPriceTable({ store }: Reading): Promise<PriceTable | null> {
  return readPrices(store);
}

/** Replaces the whole price table. Throws `CommandRefused` when two prices are for the same kind of message. */
export async function savePriceTable(
  { store, log, now }: Writing,
  { key, table }: { key: string; table: PriceTable },
): Promise<void> {
  const { prices } = table;
  const named = prices.map(({ country, kind, media }) => `${country} ${kind} ${media}`);
  if (new Set(named).size < named.length)
    throw new CommandRefused('Two are for the same country, kind and media.', 'prices');
  await writePrices(store, table, now());
  log.info({ key, prices: prices.length }, 'the price table was saved');
}
