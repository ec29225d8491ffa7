import type { Desk } from '../../consent/desk.ts';
import { dueAt } from '../../domain/campaigns/due.ts';
import { type Fate, forecast, type Terms } from '../../domain/campaigns/forecast.ts';
import { timesAfter } from '../../domain/campaigns/repeat.ts';
import { HOLDOUT, isHeldOut } from '../../domain/campaigns/split.ts';
import type { Placed } from '../../domain/campaigns/sum-up.ts';
import { later, type Order, startOf } from '../../domain/campaigns/when.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import { type Sender, senderRate } from '../../domain/program.ts';
import { compile } from '../../domain/segments/compile/compile.ts';
import { CLASS_OF } from '../../domain/sending/reach.ts';
import { SPARE_MS } from '../../sending/quiet-hours.ts';
import { gatherAudience } from '../../store/campaigns/audience.ts';
import { type CampaignDoc, findCampaign } from '../../store/campaigns/campaigns.ts';
import { missedPage } from '../../store/campaigns/missed.ts';
import { rowStates } from '../../store/campaigns/plan.ts';
import { campaignRowId } from '../../store/campaigns/row.ts';
import { type ContactDoc, findContacts } from '../../store/people/contacts.ts';
import { capsOf } from '../flight/caps-of.ts';
import { turnOf } from '../flight/turns.ts';
import { Refused } from '../refused.ts';
import { type Addressed, addressees, type Plan } from './addressees.ts';
import { estimateAudience } from './estimate-audience.ts';
import { missedAbout } from './missed-people.ts';
import { CountTookLong } from './preview-audience.ts';

/** Most people whose message is placed one by one; beyond, a fair sample of as many stands for all. */
const MOST_PLACED = 5000;

export type Timing = {
  /** People of the audience, and of how many of them what follows speaks. */
  people: number;
  judged: number;
  /** Of those judged, whose turn is over: nothing more of the campaign goes to them. */
  hadTurn: number;
  start: Date;
  /** Of those judged, everyone who gets it; of whom so many wait for the winner of a test. */
  placed: Placed[];
  afterTest: number;
  /** Who might get it, and is held out. */
  heldOut: number;
  /** Of those placed, whom a cap keeps now. */
  capped: number;
  end: Date | null;
  /** Segments a second of the senders that write to any of them, and how long all people's messages take at it, ms; null: no sender. */
  perSecond: number;
  lastsMs: number | null;
};

/** How long the count may take, ms. */
const COUNT_MS = 5000;

/** Contacts of which an estimate is made where the count takes longer. */
const SAMPLE = 20_000;

/**
 * A campaign that somebody may still get; null where there is none of this id. Throws `Refused` where it is over,
 * or none of its runs is to come.
 */
export async function findToCome({ store, now }: Desk, id: string): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(store, id);
  const { state, repeat } = campaign ?? {};
  if (state === 'finished' || state === 'canceled') {
    throw new Refused('It is over: nobody gets it any more. GET /campaigns/{id} says what became of it.');
  }
  if (repeat !== undefined && timesAfter(repeat, repeat.zone, now(), 1).length === 0) {
    throw new Refused('Its last time has passed: it makes no run any more. Ask for a run of it.');
  }
  return campaign;
}

/** When people would get a campaign, were nothing else sent. Nothing is kept. Throws `CountTookLong`. */
export async function previewWhen(desk: Desk, plan: Plan): Promise<Timing> {
  const { campaign, program, order } = plan;
  const start = startFor(plan, desk.now());
  const { people, stored } = await audienceOf(desk, plan, start);
  const { over, planned } = await turnsOf(desk, campaign, stored);
  const waiting = stored.filter(({ _id }) => !over.has(_id));
  const weight = stored.length === 0 ? 1 : people / stored.length;
  const mayGet = await addressees(desk, plan, waiting, start);
  const going = mayGet.filter(({ group }) => group !== HOLDOUT);
  const { book } = desk.catalog.current();
  const pool = book.senders.filter(({ number }) => program.numbers.includes(number));
  const rates = ratesOf(going.length === 0 ? pool : going.map(({ sender }) => sender));
  const terms = {
    rates,
    planned,
    weight,
    deadline: deadlineOf(order, start),
    spareMs: SPARE_MS,
    quietHours: CLASS_OF[plan.topic.purpose] === 'marketing' && program.quietHours !== 'off',
  };
  const { tested, others, afterTest } = placeInTwo(going, plan, terms, { start, now: desk.now() });
  const goers = going.map((one) => one.stored);
  const capped = await capsOf(desk, goers, plan);
  return {
    people,
    start,
    judged: stored.length,
    hadTurn: over.size,
    perSecond: [...rates.values()].reduce((sum, rate) => sum + rate, 0),
    placed: [...tested.placed, ...others.placed],
    afterTest,
    heldOut: mayGet.length - going.length,
    capped: capped.size,
    end: others.end ?? tested.end,
    lastsMs: lastsOf(going, rates, weight),
  };
}

/** How long the messages of some people, of whom each stands for `weight`, keep the senders, ms; null: no sender. */
function lastsOf(
  going: readonly Addressed[],
  rates: ReadonlyMap<string, number>,
  weight: number,
): number | null {
  const lasts = [...rates].map(([number, rate]) => {
    const parts = going
      .filter((one) => one.sender.number === number)
      .reduce((sum, one) => sum + one.parts, 0);
    return (parts * weight * 1000) / rate;
  });
  return lasts.length === 0 ? null : Math.max(...lasts);
}

/** Parts a second of each number: it has a queue of its own. */
const ratesOf = (senders: readonly Sender[]): ReadonlyMap<string, number> =>
  new Map(senders.map((sender) => [sender.number, senderRate(sender)]));

type Turns = { over: ReadonlySet<string>; planned: ReadonlySet<string> };

/**
 * Of those looked at, whose turn is `over`: their message left or ended, or they came too late to have one. Who is held
 * out has none, and is told apart. `planned`: whose message waits to leave, which their hour takes from them no more.
 */
async function turnsOf(desk: Desk, campaign: CampaignDoc, people: readonly ContactDoc[]): Promise<Turns> {
  if (campaign.state === 'draft') return { over: new Set(), planned: new Set() };
  const ids = people.map(({ index }) => campaignRowId(campaign._id, index));
  const rows = new Map((await rowStates(desk.store, ids)).map((row) => [row.contact, row]));
  const isOver = (person: string): boolean => {
    const row = rows.get(person);
    if (row === undefined) return wasPassed(campaign, person);
    return row.state !== 'planned' && !isHeldOut(row.decision);
  };
  const all = people.map(({ _id }) => _id);
  const isPlanned = (person: string): boolean => rows.get(person)?.state === 'planned';
  return { over: new Set(all.filter(isOver)), planned: new Set(all.filter(isPlanned)) };
}

/** Of somebody without a row: whether the planner has been past them, and does not come again for a winner. */
function wasPassed(campaign: CampaignDoc, person: string): boolean {
  const { plan, winner } = campaign;
  if (turnOf(campaign, person) === null) return winner !== undefined;
  return plan.complete || (plan.cursor !== null && person <= plan.cursor);
}

/** How many an audience has, and a fair sample of them. */
async function audienceOf(
  desk: Desk,
  { campaign, segment }: Plan,
  start: Date,
): Promise<{ people: number; stored: readonly ContactDoc[] }> {
  const { _id, missed } = campaign;
  if (missed !== undefined) {
    const page = await missedPage(desk.store, missed, _id, { after: null, limit: MOST_PLACED });
    const people = page.complete ? page.people.length : await missedAbout(desk, missed, _id);
    if (people === null) throw new CountTookLong();
    return { people, stored: page.people };
  }
  const who = compile(segment, start);
  const asked = { some: MOST_PLACED, budgetMs: COUNT_MS, most: false };
  const gathered =
    (await gatherAudience(desk.store, who, asked)) ??
    (await estimateAudience(desk.store, who, { of: SAMPLE, some: MOST_PLACED }));
  if (gathered === null) throw new CountTookLong();
  return { people: gathered.people, stored: await findContacts(desk.store, gathered.ids) };
}

const NEVER: Fate = { at: null, why: null, held: null };

type Placing = Omit<Terms, 'perSecond'> & Pick<Turns, 'planned'> & { rates: ReadonlyMap<string, number> };

/** Who has their turn at the start, and the rest, who have it once a test has its winner. */
function placeInTwo(
  going: readonly Addressed[],
  plan: Plan,
  terms: Placing,
  { start, now }: { start: Date; now: Date },
): { tested: PlacedAll; others: PlacedAll; afterTest: number } {
  const { split, winner } = plan.campaign;
  const first = going.filter(({ group }) => group !== null);
  const rest = going.filter(({ group }) => group === null);
  const tested = place(first, plan, terms, later(start, now), start);
  // The wait begins once every message of the test has left.
  const waitMs = (split?.test?.waitMinutes ?? 0) * MINUTE_MS;
  const chosen = winner?.at ?? new Date((tested.end ?? start).getTime() + waitMs);
  const others = place(rest, plan, terms, later(chosen, now), chosen);
  return { tested, others, afterTest: rest.length };
}

type PlacedAll = { placed: Placed[]; end: Date | null };

/** People who have their turn at one time, each where the queue of the senders puts them. `parts`: of those who go. */
function place(
  people: readonly Addressed[],
  { order, program }: Plan,
  { rates, planned, ...terms }: Placing,
  now: Date,
  start: Date,
): PlacedAll {
  const all = people.map((one) => {
    const { at, missed: tooLate } = dueAt(order, start, one, program.zone, now);
    const passed = at < now;
    const missed = tooLate && !planned.has(one.stored._id);
    // What is late leaves as soon as it is planned.
    return { ...one, due: passed ? now : at, missed, late: passed && order.local !== null };
  });
  const going = all.filter((one) => !one.missed);
  const placed: Placed[] = all.filter((one) => one.missed).map((one) => ({ ...one, ...NEVER }));
  const ends: Date[] = [];
  for (const [number, perSecond] of rates) {
    const some = going.filter((one) => one.sender.number === number);
    const { fates, end } = forecast(some, { ...terms, perSecond });
    placed.push(...some.map((one, at) => ({ ...one, ...(fates[at] ?? NEVER) })));
    if (end !== null) ends.push(end);
  }
  return { placed, end: ends.length === 0 ? null : ends.reduce(later) };
}

/** A recurrence is shown by its next run: of one that was started, on the clock that its runs go by. */
function startFor({ campaign, order, program }: Plan, now: Date): Date {
  const zone = campaign.repeat?.zone ?? program.zone;
  const [next] = order.repeat === null ? [] : timesAfter(order.repeat, zone, now, 1);
  return next ?? startOf(order, program.zone, now);
}

function deadlineOf({ deadline, repeat }: Order, start: Date): Date | null {
  const validMs = repeat?.validMs ?? null;
  return validMs === null ? deadline : new Date(start.getTime() + validMs);
}
