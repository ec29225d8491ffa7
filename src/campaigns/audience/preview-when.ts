import type { Desk } from '../../consent/desk.ts';
import { dueAt } from '../../domain/campaigns/due.ts';
import { type Fate, forecast, type Terms } from '../../domain/campaigns/forecast.ts';
import { timesAfter } from '../../domain/campaigns/repeat.ts';
import { HOLDOUT } from '../../domain/campaigns/split.ts';
import type { Placed } from '../../domain/campaigns/sum-up.ts';
import { later, type Order, startOf } from '../../domain/campaigns/when.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import { type Sender, senderRate } from '../../domain/program.ts';
import { CLASS_OF } from '../../domain/sending/reach.ts';
import { SPARE_MS } from '../../sending/quiet-hours.ts';
import { type CampaignDoc, findCampaign } from '../../store/campaigns/campaigns.ts';
import type { ContactDoc } from '../../store/people/contacts.ts';
import { capsOf } from '../flight/caps-of.ts';
import { Refused } from '../refused.ts';
import { type StoppedNumber, stoppedNumbers } from '../stopped-numbers.ts';
import { type Addressed, addressees, type Plan } from './addressees.ts';
import { type DailyCapAhead, dailyCapAhead } from './daily-cap-ahead.ts';
import { audienceOf, type Turns, turnsOf } from './preview-people.ts';

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
  /** Who might get it, and has no number of the program that writes to them. */
  noSender: number;
  /** Who might get it, and is held out. */
  heldOut: number;
  /** Of those placed, whom a cap keeps now. */
  capped: number;
  /** Of those placed, who is with a carrier that takes so much a day; no time in here knows of it. */
  dailyCap: DailyCapAhead | null;
  end: Date | null;
  /** Segments a second of the senders that write to any of them and work, and how long all people's messages take at it, ms; null: none. */
  perSecond: number;
  lastsMs: number | null;
  /** Numbers that are stopped, of the program or with a message of it planned from them. */
  stopped: StoppedNumber[];
};

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
  const mayGet = await addressees(desk, plan, waiting, { start, planned });
  const writable = mayGet.filter(hasSender);
  const going = writable.filter(({ group }) => group !== HOLDOUT);
  const { book } = desk.catalog.current();
  const pool = book.senders.filter(({ number }) => program.numbers.includes(number));
  const stopped = await stoppedNumbers(desk, withPlannedFrom(book.senders, pool, going));
  const rates = ratesOf(going.length === 0 ? pool : going.map(({ sender }) => sender), stopped);
  const terms = {
    ...{ rates, planned, weight },
    deadline: deadlineOf(order, start),
    spareMs: SPARE_MS,
    quietHours: CLASS_OF[plan.topic.purpose] === 'marketing' && program.quietHours !== 'off',
  };
  const { tested, others, afterTest } = placeInTwo(going, plan, terms, { start, now: desk.now() });
  const capped = (await capsOf(desk, going.map(storedOf), plan)).size;
  return {
    people,
    start,
    judged: stored.length,
    hadTurn: over.size,
    ...speedOf(going, rates, weight),
    placed: [...tested.placed, ...others.placed],
    afterTest,
    noSender: mayGet.length - writable.length,
    heldOut: writable.length - going.length,
    capped,
    dailyCap: dailyCapAhead(going, start),
    end: going.some(({ sender }) => rates.get(sender.number) === 0) ? null : (others.end ?? tested.end),
    stopped,
  };
}

/** Somebody a number of the program writes to. */
type Writable = Addressed & { sender: Sender };
const hasSender = (one: Addressed): one is Writable => one.sender !== null;

/** A program's numbers, and those that it has no more, but from which a message of some people is planned. */
function withPlannedFrom(
  senders: readonly Sender[],
  pool: readonly Sender[],
  going: readonly Writable[],
): Sender[] {
  const numbers = new Set([...pool, ...going.map(({ sender }) => sender)].map(({ number }) => number));
  return senders.filter(({ number }) => numbers.has(number));
}

const storedOf = ({ stored }: Addressed): ContactDoc => stored;

/** What the senders take, and how long the messages of some people, of whom each stands for `weight`, keep them. */
function speedOf(
  going: readonly Writable[],
  rates: ReadonlyMap<string, number>,
  weight: number,
): Pick<Timing, 'perSecond' | 'lastsMs'> {
  const working = [...rates].filter(([, rate]) => rate > 0);
  const lasts = working.map(([number, rate]) => {
    const parts = going
      .filter((one) => one.sender.number === number)
      .reduce((sum, one) => sum + one.parts, 0);
    return (parts * weight * 1000) / rate;
  });
  const perSecond = working.reduce((sum, [, rate]) => sum + rate, 0);
  return { perSecond, lastsMs: lasts.length === 0 ? null : Math.max(...lasts) };
}

/** Parts a second of each number, which has a queue of its own; zero where it is stopped. */
function ratesOf(senders: readonly Sender[], stopped: readonly StoppedNumber[]): ReadonlyMap<string, number> {
  const off = new Set(stopped.map(({ number }) => number));
  return new Map(senders.map((one) => [one.number, off.has(one.number) ? 0 : senderRate(one)]));
}

const NEVER: Fate = { at: null, why: null, held: null };
const NOBODY_LEAVES: ReturnType<typeof forecast> = { fates: [], end: null };

type Placing = Omit<Terms, 'perSecond'> & Pick<Turns, 'planned'> & { rates: ReadonlyMap<string, number> };

/** Who has their turn at the start, and the rest, who have it once a test has its winner. */
function placeInTwo(
  going: readonly Writable[],
  plan: Plan,
  terms: Placing,
  { start, now }: { start: Date; now: Date },
): { tested: PlacedAll; others: PlacedAll; afterTest: number } {
  const { split, winner, plannedAt } = plan.campaign;
  const first = going.filter(({ group }) => group !== null);
  const rest = going.filter(({ group }) => group === null);
  const tested = place(first, plan, terms, later(start, now), start);
  // The wait begins once every message of the test has left.
  const waitMs = (split?.test?.waitMinutes ?? 0) * MINUTE_MS;
  const chosen = winner?.at ?? new Date((tested.end ?? start).getTime() + waitMs);
  // It does not begin while one of them waits for a number that is stopped.
  const begins =
    (winner ?? plannedAt) !== undefined || first.every(({ sender }) => terms.rates.get(sender.number) !== 0);
  const rates = begins ? terms.rates : new Map([...terms.rates].map(([number]) => [number, 0]));
  const others = place(rest, plan, { ...terms, rates }, later(chosen, now), chosen);
  return { tested, others, afterTest: rest.length };
}

type PlacedAll = { placed: Placed[]; end: Date | null };

/** People who have their turn at one time, each where the queue of the senders puts them. `parts`: of those who go. */
function place(
  people: readonly Writable[],
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
    const { fates, end } = perSecond > 0 ? forecast(some, { ...terms, perSecond }) : NOBODY_LEAVES;
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
