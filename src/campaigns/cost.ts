import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { type Cost, costOf, type PriceTable, type Volume } from '../domain/campaigns/cost.ts';
import { programById } from '../domain/program.ts';
import { draftTree } from '../segments/segments.ts';
import { type CampaignDoc, NO_PLAN } from '../store/campaigns/campaign-document.ts';
import { readPrices } from '../store/campaigns/campaigns.ts';
import { partsBySender } from '../store/campaigns/figures.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import { frozenCopyOf, messageContext, templateOfProgram, variantsOf } from './content.ts';
import { turnOf } from './experiment.ts';
import { countRecipients, readRecipients } from './recipients.ts';
import { isToBegin } from './send-history.ts';
import { draftMessages } from './worker/batch.ts';

/** People whose message is written to estimate everyone's; ids are random, so the first are a fair sample. */
const SAMPLE = 500;
/** Of contacts looked at for them; a page takes a second at most. */
const MOST_PAGES = 10;

type CostOf = {
  table: PriceTable | null;
  /**
   * Of everyone, from so many of them, until the first are planned; of a test, of those who wait for its winner, until the
   * first of these are planned; of a recurrence, of its next run. Null where it cannot be made.
   */
  estimate: { people: number; sampled: number; parts: number; cost: Cost | null } | null;
  /** Of what left so far; `unsure`: parts of which nobody knows whether they left. Null of a recurrence: each run has its own. */
  actual: { parts: number; unsure: number; cost: Cost | null } | null;
  /** Of what is planned and has not left; null as well. */
  ahead: { parts: number; cost: Cost | null } | null;
};

/** What a campaign will cost, and has. Throws `InvalidSegment` and `Refused` where a draft is not whole. */
export async function costOfCampaign(desk: AppContext, campaign: CampaignDoc): Promise<CostOf> {
  const table = await readPrices(desk.store);
  const priced = (volumes: Volume[]): Cost | null => (table === null ? null : costOf(table, volumes));
  const estimated = await estimateOf(desk, campaign);
  const estimate = estimated && {
    ...estimated,
    parts: sum(estimated.volumes),
    cost: priced(estimated.volumes),
  };
  if (campaign.repeat !== undefined) return { table, estimate, actual: null, ahead: null };
  const rows = await partsBySender(desk.store, campaign._id);
  const volumes = (of: 'left' | 'unknown' | 'planned'): Volume[] =>
    rows.flatMap((one) => volumeOf(desk, one, one[of]));
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

/** Who is written to from a number is of its country: numbers are chosen so. */
function volumeOf(desk: AppContext, of: { sender: string; mms: boolean }, parts: number): Volume[] {
  const sender = desk.catalog.current().book.senders.find((one) => one.number === of.sender);
  if (sender === undefined || parts === 0) return [];
  return [{ country: sender.country, kind: sender.kind, media: of.mms ? 'mms' : 'sms', parts }];
}

type Estimate = { people: number; sampled: number; volumes: Volume[] };

/** Null where there is nothing to estimate any more, and of what was started where it cannot be: what it cost is told all the same. */
async function estimateOf(desk: AppContext, campaign: CampaignDoc): Promise<Estimate | null> {
  if (campaign.state === 'draft') {
    return estimate(desk, { ...campaign, frozen: await frozenNow(desk, campaign) });
  }
  const { frozen, plan, repeat } = campaign;
  const rest = (plan.complete && campaign.awaitsWinner === true) || isWon(campaign);
  if (frozen === null || !(rest || isToBegin(campaign)) || OVER.includes(campaign.state)) return null;
  const at = repeat === undefined ? frozen.at : desk.now();
  return estimate(desk, { ...campaign, frozen: { ...frozen, at } }, rest).catch((error: unknown) => {
    if (error instanceof CommandRefused) return null;
    throw error;
  });
}

/** Its winner is chosen, and of those who waited for it nobody is planned yet. */
const isWon = ({ winner, plan }: CampaignDoc): boolean =>
  winner !== undefined && !plan.complete && plan.cursor === null;

const OVER: readonly CampaignDoc['state'][] = ['finished', 'canceled'];

async function frozenNow(desk: AppContext, draft: CampaignDoc): Promise<Frozen> {
  const { book } = desk.catalog.current();
  const program = programById(book, draft.program);
  if (!program?.topics.some((one) => one.id === draft.topic)) {
    throw new CommandRefused('Its program or topic is gone: save it anew, PUT /campaigns/{id}.');
  }
  const template = await templateOfProgram(desk.store, draft, draft.template);
  const at = desk.now();
  const segment = await draftTree(desk.store, book, draft, at);
  return {
    segment,
    template,
    variants: await variantsOf(desk, draft),
    copy: frozenCopyOf(desk, program),
    at,
  };
}

/**
 * Rows of a sample as they would be planned now, scaled up to everyone; `rest`: of those alone who wait for the winner, or
 * did until it was chosen.
 */
async function estimate(
  desk: AppContext,
  of: CampaignDoc & { frozen: Frozen },
  rest = false,
): Promise<Estimate> {
  const campaign = { ...of, plan: NO_PLAN };
  const { segment, at } = of.frozen;
  const going = await messageContext(desk, campaign);
  const sample = await readSample(desk, campaign);
  const won = isWon(of);
  const waiting = sample.filter(({ _id }) => (turnOf(campaign, _id) === null) !== won);
  const others = rest ? [] : sample.filter((one) => !waiting.includes(one));
  const awaited = won ? going : withFirst(going);
  const written = [await draftMessages(desk, awaited, waiting), await draftMessages(desk, going, others)];
  const people = await countRecipients(desk, campaign, { segment, at, most: null });
  const scale = sample.length === 0 ? 0 : people / sample.length;
  const parts = new Map<string, { sender: string; mms: boolean; parts: number }>();
  for (const { row } of written.flat().filter((one) => one.row.state === 'planned')) {
    const of = { sender: row.sender, mms: row.media !== undefined };
    const key = JSON.stringify(of);
    parts.set(key, { ...of, parts: (parts.get(key)?.parts ?? 0) + row.parts });
  }
  const volumes = [...parts.values()].flatMap((one) => volumeOf(desk, one, Math.ceil(one.parts * scale)));
  const sampled = waiting.length + others.length;
  return { people: Math.round(sampled * scale), sampled, volumes };
}

/** A page looks at a bounded stretch of contacts: where few fit, more pages are read. */
async function readSample(desk: AppContext, campaign: CampaignDoc): Promise<ContactDoc[]> {
  const sample: ContactDoc[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < MOST_PAGES && sample.length < SAMPLE; pages += 1) {
    const next: CampaignDoc = { ...campaign, plan: { ...NO_PLAN, cursor } };
    const page = await readRecipients(desk.store, next, SAMPLE - sample.length);
    sample.push(...page.people);
    cursor = page.to;
    if (page.complete) break;
  }
  return sample;
}

type Frozen = NonNullable<CampaignDoc['frozen']>;
type Going = Awaited<ReturnType<typeof messageContext>>;

/** Whoever waits for the winner of a test is counted with the first variant: any may win. */
function withFirst(going: Going): Going {
  const { campaign } = going;
  const variant = campaign.split?.variants[0]?.id ?? '';
  return { ...going, campaign: { ...campaign, winner: { variant, at: going.frozen.at, tallies: [] } } };
}
