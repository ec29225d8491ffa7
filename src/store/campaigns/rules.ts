import { type Limits, USUAL_LIMITS } from '../../domain/campaigns/breaker.ts';
import type { PriceTable } from '../../domain/campaigns/price.ts';
import { readMark, writeMark } from '../marks.ts';
import type { Store } from '../store.ts';

/** What the installation asks of every campaign. */
export type CampaignRules = {
  /** A campaign over more people needs a second person; null: none does. */
  approvalOver: number | null;
  breaker: Limits;
};

const RULES = 'campaign rules';
const PRICES = 'prices';

/** Those in force: the usual ones until somebody wrote others. */
export async function readCampaignRules(store: Store): Promise<CampaignRules> {
  const written = (await readMark(store, RULES))?.value as CampaignRules | undefined;
  return written ?? { approvalOver: null, breaker: USUAL_LIMITS };
}

export async function writeCampaignRules(store: Store, rules: CampaignRules, at: Date): Promise<void> {
  await writeMark(store, { _id: RULES, at, value: rules });
}

/** Null until somebody wrote one: nothing is priced then. */
export async function readPrices(store: Store): Promise<PriceTable | null> {
  return ((await readMark(store, PRICES))?.value ?? null) as PriceTable | null;
}

export async function writePrices(store: Store, table: PriceTable, at: Date): Promise<void> {
  await writeMark(store, { _id: PRICES, at, value: table });
}
