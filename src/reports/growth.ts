import type { AppContext } from '../consent/app-context.ts';
import { HOUR_MS } from '../domain/durations.ts';
import { grouped } from '../domain/grouped.ts';
import type { Program } from '../domain/program.ts';
import type { DeliveryTally } from '../domain/reports/delivery-tally.ts';
import {
  ATTRIBUTION_HOURS,
  churnOf,
  type Growth,
  messageBefore,
  netOf,
  noGrowth,
} from '../domain/reports/growth.ts';
import { boundsOf, dayAt, daysOf, type Period } from '../domain/reports/period.ts';
import {
  type Complaint,
  campaignMessages,
  complaintsTo,
  type DailyMoves,
  readMoves,
} from '../store/reports/growth.ts';
import { type TimeLeft, WHOLE_TIME } from '../store/reports/limits.ts';
import { countWithin, figuresOf } from './daily-figures.ts';
import { allMoves } from './subscriber-moves.ts';

type GrowthDay = Growth & { day: string; net: number; subscribed: number };
type ProgramGrowth = {
  program: string;
  /** People subscribed before the first day. */
  atBeginning: number;
  totals: Growth & { net: number; churn: number | null };
  days: GrowthDay[];
};

/**
 * How people joined and left each program, day by day until the program's today, from the ledger. Throws
 * `NotCounted`.
 */
export async function growthOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  programs: readonly Program[],
  period: Period,
  left = WHOLE_TIME,
): Promise<ProgramGrowth[]> {
  const moves = await movesOf(context, programs, { since: '', until: period.until }, left);
  return programs.map(({ id, zone }) => {
    const [until = period.until] = [period.until, dayAt(zone, context.now())].sort();
    const own = moves.filter(({ program }) => program === id);
    return programGrowth(id, { since: period.since, until }, own);
  });
}

/** Moves of some programs from one day to another. `since` "": from the first day. */
async function movesOf(
  context: Pick<AppContext, 'catalog' | 'store'>,
  programs: readonly Program[],
  period: Period,
  left: TimeLeft,
): Promise<DailyMoves[]> {
  const kept = async (): Promise<DailyMoves[]> => {
    const found: DailyMoves[] = [];
    for (const { id: program } of programs) {
      found.push(...(await readMoves(context.store, { program, ...period }, left())));
    }
    return found;
  };
  const moves = await allMoves(context, kept, left);
  return moves.filter(
    ({ program, day }) =>
      programs.some(({ id }) => id === program) && day >= period.since && day <= period.until,
  );
}

function programGrowth(program: string, period: Period, moves: readonly DailyMoves[]): ProgramGrowth {
  const earlier = growthIn(moves.filter(({ day }) => day < period.since));
  const atBeginning = netOf(earlier);
  const totals = growthIn(moves.filter(({ day }) => day >= period.since));
  let subscribed = atBeginning;
  const days = daysOf(period).map((day): GrowthDay => {
    const growth = growthIn(moves.filter((move) => move.day === day));
    subscribed += netOf(growth);
    return { day, ...growth, net: netOf(growth), subscribed };
  });
  return {
    program,
    atBeginning,
    totals: { ...totals, net: netOf(totals), churn: churnOf(totals, atBeginning) },
    days,
  };
}

function growthIn(moves: readonly DailyMoves[]): Growth {
  const growth = noGrowth();
  for (const { kind, count } of moves) if (kind !== 'opt-out') growth[kind] += count;
  return growth;
}

type CampaignOptOuts = {
  /** Null: no campaign texted the person in the attribution window. */
  campaign: string | null;
  /** Messages of the campaign that were delivered in the same days. */
  delivered: number;
  optedOut: number;
  perThousand: number | null;
  bySource: Map<string, number>;
  /** People who complained in a text. */
  complaints: number;
};

/**
 * Opt-outs of subscribed people, and complaints, by the campaign that texted them before; most opt-outs first.
 * Throws `NotCounted`.
 */
export async function optOutsOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  programs: readonly Program[],
  period: Period,
  left = WHOLE_TIME,
): Promise<CampaignOptOuts[]> {
  const moves = await movesOf(context, programs, period, left);
  const optOuts = moves.filter(({ kind }) => kind === 'opt-out');
  const sent = await figuresOf(context, programs, period, 'campaign', countWithin(left));
  const complaints = await complaintsOf(context, programs, period, left);
  const optedOut = optOuts.map(({ campaign }) => campaign ?? '');
  const campaigns = new Set([...sent.keys(), ...optedOut, ...complaints.keys()]);
  return [...campaigns]
    .map((campaign) => ({
      ...ofCampaign(campaign, optOuts, sent.get(campaign)),
      complaints: complaints.get(campaign) ?? 0,
    }))
    .filter((row) => row.optedOut > 0 || row.complaints > 0 || sent.has(row.campaign ?? ''))
    .sort((a, b) => b.optedOut - a.optedOut || ((a.campaign ?? '') < (b.campaign ?? '') ? -1 : 1));
}

function ofCampaign(
  name: string,
  optOuts: readonly DailyMoves[],
  sent: DeliveryTally | undefined,
): Omit<CampaignOptOuts, 'complaints'> {
  const campaign = name === '' ? null : name;
  const bySource = new Map<string, number>();
  for (const { source, count } of optOuts.filter((dailyMoves) => dailyMoves.campaign === campaign)) {
    const key = source ?? 'word';
    bySource.set(key, (bySource.get(key) ?? 0) + count);
  }
  // A count is below zero when the program's zone was changed between an opt-out and its overturn.
  for (const [key, count] of bySource) bySource.set(key, Math.max(0, count));
  const optedOut = [...bySource.values()].reduce((sum, count) => sum + count, 0);
  const delivered = sent?.delivered ?? 0;
  const perThousand = campaign === null || delivered === 0 ? null : (1000 * optedOut) / delivered;
  return { campaign, delivered, optedOut, perThousand, bySource };
}

const BATCH = 500;

/**
 * People who complained in a text to a number of some programs, by the campaign of these programs that texted them
 * before; "" for none. A person who complained several times about one campaign counts once.
 */
async function complaintsOf(
  context: Pick<AppContext, 'store'>,
  programs: readonly Program[],
  period: Period,
  left = WHOLE_TIME,
): Promise<ReadonlyMap<string, number>> {
  const people = new Map<string, Set<string>>();
  for (const program of programs) {
    const span = {
      from: boundsOf(program.zone, period.since).from,
      to: boundsOf(program.zone, period.until).to,
    };
    let batch: Complaint[] = [];
    for await (const complaint of complaintsTo(context.store, program.numbers, span, left())) {
      batch.push(complaint);
      if (batch.length < BATCH) continue;
      await attribute(context, programs, batch, { people, left });
      batch = [];
    }
    await attribute(context, programs, batch, { people, left });
  }
  return new Map([...people].map(([campaign, contacts]) => [campaign, contacts.size]));
}

async function attribute(
  context: Pick<AppContext, 'store'>,
  programs: readonly Program[],
  texts: readonly Complaint[],
  { people, left }: { people: Map<string, Set<string>>; left: TimeLeft },
): Promise<void> {
  const [first, last] = [texts[0], texts.at(-1)];
  if (first === undefined || last === undefined) return;
  const during = {
    from: new Date(first.receivedAt.getTime() - ATTRIBUTION_HOURS * HOUR_MS),
    to: last.receivedAt,
  };
  const contacts = [...new Set(texts.map(({ contact }) => contact))];
  const messages = await campaignMessages(context.store, contacts, during, left());
  const own = messages.filter(({ program }) => programs.some(({ id }) => id === program));
  const byContact = grouped(own, ({ contact }) => contact);
  for (const { contact, receivedAt } of texts) {
    const campaign = messageBefore(byContact.get(contact) ?? [], receivedAt)?.campaign ?? '';
    people.set(campaign, (people.get(campaign) ?? new Set()).add(contact));
  }
}
