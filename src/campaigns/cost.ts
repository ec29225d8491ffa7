import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { type Cost, costOf, type PriceTable, type Volume } from '../domain/campaigns/cost.ts';
import { programById } from '../domain/program.ts';
import { draftTree } from '../segments/segments.ts';
import { type CampaignDoc, NO_PLAN } from '../store/campaigns/campaign-document.ts';
import { readPrices, writePrices } from '../store/campaigns/campaigns.ts';
import { partsBySender } from '../store/campaigns/figures.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import { frozenCopyOf, messageContext, templateOfProgram, variantsOf } from './content.ts';
import { variantNow } from './experiment.ts';
import { countRecipients, readRecipients } from './recipients.ts';
import { isToBegin } from './send-history.ts';
import { draftMessages } from './worker/batch.ts';

/** What one part costs by country, kind of number and medium. Null until somebody saves it. */
export async function showPriceTable({ store }: Pick<AppContext, 'store'>): Promise<PriceTable | null> {
  return readPrices(store);
}

/** Replaces the whole price table. Throws `CommandRefused` when two prices are for the same kind of message. */
export async function savePriceTable(
  { store, log, now }: Pick<AppContext, 'store' | 'log' | 'now'>,
  { key, table }: { key: string; table: PriceTable },
): Promise<void> {
  const { prices } = table;
  const named = prices.map(({ country, kind, media }) => `${country} ${kind} ${media}`);
  if (new Set(named).size < named.length)
    throw new CommandRefused('Two are for the same country, kind and media.', 'prices');
  await writePrices(store, table, now());
  log.info({ key, prices: prices.length }, 'the price table was saved');
}

/**
 * How many messages are rendered to estimate the cost of all. Contact ids are random, so the first contacts are a
 * fair sample.
 */
const SAMPLE = 500;
/** The most pages of contacts read for the sample. A page takes at most a second. */
const MOST_PAGES = 10;

type CostOf = {
  table: PriceTable | null;
  /**
   * The estimate for the whole audience, from a sample, until the first people are planned. With a test: for the
   * people who wait for the winner, until the first of them are planned. For a recurrence: for its next run. Null
   * where no estimate can be made.
   */
  estimate: { people: number; sampled: number; parts: number; cost: Cost | null } | null;
  /**
   * The cost of what was sent so far. `unsure`: parts of unknown outcome. Null for a recurrence, because each run
   * has its own cost.
   */
  actual: { parts: number; unsure: number; cost: Cost | null } | null;
  /** The cost of planned, unsent messages; null for a recurrence. */
  ahead: { parts: number; cost: Cost | null } | null;
};

/**
 * What a campaign will cost, and has cost. Throws `InvalidSegment` and `CommandRefused` where a draft is
 * incomplete.
 */
export async function costOfCampaign(context: AppContext, campaign: CampaignDoc): Promise<CostOf> {
  const table = await readPrices(context.store);
  const priced = (volumes: Volume[]): Cost | null => (table === null ? null : costOf(table, volumes));
  const estimated = await estimateOf(context, campaign);
  const estimate = estimated && {
    ...estimated,
    parts: sum(estimated.volumes),
    cost: priced(estimated.volumes),
  };
  if (campaign.repeat !== undefined) return { table, estimate, actual: null, ahead: null };
  const rows = await partsBySender(context.store, campaign._id);
  const volumes = (state: 'left' | 'unknown' | 'planned'): Volume[] =>
    rows.flatMap((row) => volumeOf(context, row, row[state]));
  return {
    table,
    estimate,
    actual: {
      parts: sum(volumes('left')),
      unsure: sum(volumes('unknown')),
      cost: priced(volumes('left')),
    },
    ahead: { parts: sum(volumes('planned')), cost: priced(volumes('planned')) },
  };
}

const sum = (volumes: readonly Volume[]): number => volumes.reduce((total, { parts }) => total + parts, 0);

/** The recipients of a sender are in its country, since senders are chosen by country. */
function volumeOf(
  context: Pick<AppContext, 'catalog'>,
  kind: { sender: string; mms: boolean },
  parts: number,
): Volume[] {
  const sender = context.catalog.current().book.senders.find((sender) => sender.number === kind.sender);
  if (sender === undefined || parts === 0) return [];
  return [{ country: sender.country, kind: sender.kind, media: kind.mms ? 'mms' : 'sms', parts }];
}

type Estimate = { people: number; sampled: number; volumes: Volume[] };

/**
 * Null where nothing is left to estimate, or where a started campaign cannot be estimated: its cost so far is
 * returned all the same.
 */
async function estimateOf(context: AppContext, campaign: CampaignDoc): Promise<Estimate | null> {
  if (campaign.state === 'draft') {
    return estimate(context, { ...campaign, frozen: await frozenNow(context, campaign) });
  }
  const { frozen, plan, repeat } = campaign;
  const rest = (plan.complete && campaign.awaitsWinner === true) || isWon(campaign);
  if (frozen === null || !(rest || isToBegin(campaign)) || OVER.includes(campaign.state)) return null;
  const at = repeat === undefined ? frozen.at : context.now();
  return estimate(context, { ...campaign, frozen: { ...frozen, at } }, rest).catch((error: unknown) => {
    if (error instanceof CommandRefused) return null;
    throw error;
  });
}

/** True where the winner is chosen and none of the people who waited for it is planned yet. */
const isWon = ({ winner, plan }: CampaignDoc): boolean =>
  winner !== undefined && !plan.complete && plan.cursor === null;

const OVER: readonly CampaignDoc['state'][] = ['finished', 'canceled'];

async function frozenNow(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  draft: CampaignDoc,
): Promise<Frozen> {
  const { book } = context.catalog.current();
  const program = programById(book, draft.program);
  if (!program?.topics.some((topic) => topic.id === draft.topic)) {
    throw new CommandRefused(
      'Its program or topic no longer exists. Save the campaign with another one, PUT /campaigns/{id}.',
    );
  }
  const template = await templateOfProgram(context.store, draft, draft.template);
  const at = context.now();
  const segment = await draftTree(context.store, book, draft, at);
  return {
    segment,
    // Nobody reads it: the frozen parts of an estimate are not stored.
    audience: '',
    template,
    variants: await variantsOf(context, draft),
    copy: frozenCopyOf(context, program),
    at,
  };
}

/**
 * Drafts the deliveries of a sample and scales the parts up to the audience. `rest`: only for the people who wait,
 * or waited, for the winner.
 */
async function estimate(
  context: AppContext,
  of: CampaignDoc & { frozen: Frozen },
  rest = false,
): Promise<Estimate> {
  const campaign = { ...of, plan: NO_PLAN };
  const { segment, at } = of.frozen;
  const sendContext = await messageContext(context, campaign);
  const sample = await readSample(context, campaign);
  const won = isWon(of);
  const waiting = sample.filter(({ _id }) => (variantNow(campaign, _id) === null) !== won);
  const others = rest ? [] : sample.filter((contact) => !waiting.includes(contact));
  const awaited = won ? sendContext : withFirst(sendContext);
  const written = [
    await draftMessages(context, awaited, waiting),
    await draftMessages(context, sendContext, others),
  ];
  const people = await countRecipients(context, campaign, { segment, at, most: null });
  const scale = sample.length === 0 ? 0 : people / sample.length;
  const parts = new Map<string, { sender: string; mms: boolean; parts: number }>();
  for (const { row } of written.flat().filter((draftedMessage) => draftedMessage.row.state === 'planned')) {
    const kind = { sender: row.sender, mms: row.media !== undefined };
    const key = JSON.stringify(kind);
    parts.set(key, { ...kind, parts: (parts.get(key)?.parts ?? 0) + row.parts });
  }
  const volumes = [...parts.values()].flatMap((part) =>
    volumeOf(context, part, Math.ceil(part.parts * scale)),
  );
  const sampled = waiting.length + others.length;
  return { people: Math.round(sampled * scale), sampled, volumes };
}

/** Reads several pages, because one page reads a bounded number of contacts, of whom few may match. */
async function readSample(context: Pick<AppContext, 'store'>, campaign: CampaignDoc): Promise<ContactDoc[]> {
  const sample: ContactDoc[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < MOST_PAGES && sample.length < SAMPLE; pages += 1) {
    const next: CampaignDoc = { ...campaign, plan: { ...NO_PLAN, cursor } };
    const page = await readRecipients(context.store, next, SAMPLE - sample.length);
    sample.push(...page.people);
    cursor = page.to;
    if (page.complete) break;
  }
  return sample;
}

type Frozen = NonNullable<CampaignDoc['frozen']>;
type SendContext = Awaited<ReturnType<typeof messageContext>>;

/** Counts the people who wait for a winner with the first variant, since any variant may win. */
function withFirst(sendContext: SendContext): SendContext {
  const { campaign } = sendContext;
  const variant = campaign.split?.variants[0]?.id ?? '';
  return {
    ...sendContext,
    campaign: { ...campaign, winner: { variant, at: sendContext.frozen.at, tallies: [] } },
  };
}
