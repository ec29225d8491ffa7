import type { AppContext } from '../consent/app-context.ts';
import { awaitedUntil, HOLDOUT } from '../domain/campaigns/experiment.ts';
import {
  type ForecastOutcome,
  forecast,
  isGoing,
  type Placed,
  type PreviewRefusal,
  type Terms,
} from '../domain/campaigns/forecast.ts';
import { type DueAt, dueAt, within } from '../domain/campaigns/schedule.ts';
import type { CapHit } from '../domain/caps/cap-rules.ts';
import { later, MINUTE_MS } from '../domain/durations.ts';
import { grouped } from '../domain/grouped.ts';
import { type Sender, senderRate } from '../domain/program.ts';
import { dailyCapOf, networkOf } from '../domain/sending/carrier-day-limits.ts';
import { CLASS_OF } from '../domain/sending/message-plan.ts';
import { basisOf, type HowMany, type SampleBasis, sizeOf, totalOf } from '../domain/statistics.ts';
import { capHits } from '../segments/eligibility.ts';
import { CLOSING_MARGIN_MS } from '../sending/quiet-hours.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import { audienceOf, type PlannedAndOver, type PreviewScope, plannedAndOver } from './preview-audience.ts';
import { deadlineOf, type PreviewPlan, startFor } from './preview-plan.ts';
import { type Addressed, scheduledRecipients } from './preview-recipients.ts';
import { type StoppedNumber, stoppedNumbers } from './progress.ts';

/**
 * A carrier's daily limit for the brands behind these senders, and how many of the people are with that carrier.
 */
type DailyCapAhead = { carrier: string; partsADay: number; people: number };

/** Null where no sender has a brand, or nobody is known to be with such a carrier. */
function dailyCapAhead(
  going: readonly { stored: ContactDoc; sender: Sender }[],
  now: Date,
): DailyCapAhead | null {
  const limits = new Map<string, number>();
  let carrier: string | null = null;
  let people = 0;
  for (const { stored, sender } of going) {
    const cap = capOf(stored.verified?.carrier ?? null, sender, now);
    if (cap === null) continue;
    limits.set(cap.id, cap.limit);
    carrier = cap.carrier;
    people += 1;
  }
  if (carrier === null) return null;
  return { carrier, partsADay: [...limits.values()].reduce((sum, limit) => sum + limit, 0), people };
}

function capOf(carrier: string | null, { country, kind, brand }: Sender, now: Date) {
  if (carrier === null || brand === undefined) return null;
  const cap = dailyCapOf({ carrier: networkOf(carrier), country, kind, brand }, now);
  return cap.kind === 'counted' ? cap : null;
}

/** A message of the preview, and when it leaves. `isPlanned`: it has a row already. */
export type PlacedMessage = Placed & Writable & { isPlanned: boolean };

/** The counts are about the judged people; `basis` says what they stand for. */
export type Timing = {
  /** Size of the audience. */
  people: HowMany;
  judged: number;
  basis: SampleBasis;
  /** People who get nothing more of the campaign. */
  hadTurn: number;
  /**
   * People who may not get it, for whom no text can be made, or who get it on another number, each counted once, under
   * the first reason.
   */
  refused: ReadonlyMap<PreviewRefusal, number>;
  start: Date;
  /**
   * `placed`: everyone for whom a message is planned, or whose local time has passed. `afterTest`: how many of them
   * wait for the winner of a test.
   */
  placed: PlacedMessage[];
  afterTest: number;
  /** People who might get the campaign, but to whom no sender of the program may write. */
  noSender: number;
  /** People who might get the campaign and are in the holdout. */
  holdout: number;
  /**
   * People who get it and are with a carrier with a daily limit. No time in this preview takes the limit into account.
   */
  dailyCap: DailyCapAhead | null;
  end: Date | null;
  /**
   * `perSecond`: parts per second of the working senders in use. `lastsMs`: how long all messages take at that
   * speed, ms, with bounds; null: no sender works.
   */
  perSecond: number;
  lastsMs: number | null;
  lastsBetween: [least: number, most: number] | null;
  /** Stopped senders of the program, or of planned messages. */
  stopped: StoppedNumber[];
};

/** Forecasts when people get a campaign if nothing else is sent. Stores nothing. Throws `CountTookLong`. */
export async function previewWhen(
  context: AppContext,
  plan: PreviewPlan,
  scope: PreviewScope = 'whole',
): Promise<Timing> {
  const start = startFor(plan, context.now());
  const { population, stored } = await audienceOf(context, plan, { start, scope });
  const { over, planned, heldOut } = await plannedAndOver(context, plan.campaign, stored);
  const waiting = stored.filter(({ _id }) => !over.has(_id));
  const { mayGet, refused } = await scheduledRecipients(context, plan, waiting, { start, planned });
  const writable = mayGet.filter(hasSender);
  const weight = stored.length === 0 ? 1 : sizeOf(population).people / stored.length;
  const at = { start, now: later(start, context.now()), deadline: deadlineOf(plan.order, start) };
  // The planner looks at the local time first: nobody whose time has passed gets into the holdout.
  const outsideHoldout = writable.filter(
    (person) =>
      person.group !== HOLDOUT || (!heldOut.has(person.stored._id) && dueOf(person, plan, at).missed),
  );
  const basis = basisOf(population, stored.length);
  return {
    ...(await timingOf(context, plan, outsideHoldout, { start, planned, weight, basis })),
    people: sizeOf(population),
    basis,
    start,
    judged: stored.length,
    hadTurn: over.size,
    refused,
    noSender: mayGet.length - writable.length,
    holdout: writable.length - outsideHoldout.length,
  };
}

type Planning = { start: Date; now: Date; deadline: Date | null };

/** When a person's message is due that is planned at `now`. */
const dueOf = (person: Addressed, { order, program }: PreviewPlan, at: Planning): DueAt =>
  dueAt(within(order, at.start, at.deadline), at.start, person, program.zone, at.now);

const latest = (...ends: (Date | null)[]): Date | null =>
  ends.reduce((last, end) => (last === null || (end !== null && end > last) ? end : last), null);

type Scene = Pick<PlannedAndOver, 'planned'> & { start: Date; weight: number; basis: SampleBasis };

/** When the messages of these people leave, each of whom stands for `weight` people. */
async function timingOf(
  context: AppContext,
  plan: PreviewPlan,
  people: readonly Writable[],
  { start, planned, weight, basis }: Scene,
) {
  const { program, order, campaign } = plan;
  const { book } = context.catalog.current();
  const pool = book.senders.filter(({ number }) => program.numbers.includes(number));
  const stopped = await stoppedNumbers(context, withPlannedFrom(book.senders, pool, people));
  const rates = ratesOf(people.length === 0 ? pool : people.map(({ sender }) => sender), stopped);
  const terms = {
    ...{ rates, planned, weight },
    hits: await capHits(context, people.map(storedOf), plan),
    capped: campaign.capped,
    deadline: deadlineOf(order, start),
    spareMs: CLOSING_MARGIN_MS,
    quietHours: CLASS_OF[plan.topic.purpose] === 'marketing' && program.quietHours !== 'off',
  };
  const { tested, others, afterTest } = placeInTwo(people, plan, terms, { start, now: context.now() });
  const placed = [...tested.placed, ...others.placed];
  const going = placed.filter(isGoing);
  return {
    ...speedOf(going, rates, basis),
    placed,
    afterTest,
    dailyCap: dailyCapAhead(going, start),
    end: people.some(({ sender }) => rates.get(sender.number) === 0) ? null : latest(tested.end, others.end),
    stopped,
  };
}

/** A person to whom a sender of the program may write. */
type Writable = Addressed & { sender: Sender };
const hasSender = (addressed: Addressed): addressed is Writable => addressed.sender !== null;

/** The program's senders, and former ones from which a message is planned. */
function withPlannedFrom(
  senders: readonly Sender[],
  pool: readonly Sender[],
  going: readonly Writable[],
): Sender[] {
  const numbers = new Set([...pool, ...going.map(({ sender }) => sender)].map(({ number }) => number));
  return senders.filter(({ number }) => numbers.has(number));
}

const storedOf = ({ stored }: Addressed): ContactDoc => stored;

/** The speed of the senders, and how long the messages take that leave. */
function speedOf(
  going: readonly Writable[],
  rates: ReadonlyMap<string, number>,
  basis: SampleBasis,
): Pick<Timing, 'perSecond' | 'lastsMs' | 'lastsBetween'> {
  const working = [...rates].filter(([, rate]) => rate > 0);
  const perSecond = working.reduce((sum, [, rate]) => sum + rate, 0);
  if (working.length === 0) return { perSecond, lastsMs: null, lastsBetween: null };
  const lasts = working.map(([number, rate]) => {
    const messages = going.filter(({ sender }) => sender.number === number);
    const byParts = [...grouped(messages, ({ parts }) => parts)];
    const { sum, between } = totalOf(new Map(byParts.map(([parts, { length }]) => [parts, length])), basis);
    return [sum, ...between].map((parts) => (parts * 1000) / rate);
  });
  const longest = (at: number): number => Math.max(...lasts.map((ms) => ms[at] ?? 0));
  return { perSecond, lastsMs: longest(0), lastsBetween: [longest(1), longest(2)] };
}

/** Parts per second of each sender, which has a queue of its own; zero where the sender is stopped. */
function ratesOf(senders: readonly Sender[], stopped: readonly StoppedNumber[]): ReadonlyMap<string, number> {
  const off = new Set(stopped.map(({ number }) => number));
  return new Map(senders.map((sender) => [sender.number, off.has(sender.number) ? 0 : senderRate(sender)]));
}

const NEVER: ForecastOutcome = { at: null, why: null, held: null, cap: null };
const NOBODY_LEAVES: ReturnType<typeof forecast> = { outcomes: [], end: null };

type Placing = Omit<Terms, 'perSecond'> &
  Pick<PlannedAndOver, 'planned'> & {
    rates: ReadonlyMap<string, number>;
    /** The frequency caps that keep people back now. */
    hits: ReadonlyMap<string, CapHit>;
  };

/** Schedules the people who are planned at the start, and then those who wait for a test's winner. */
function placeInTwo(
  going: readonly Writable[],
  plan: PreviewPlan,
  terms: Placing,
  { start, now }: { start: Date; now: Date },
): { tested: PlacedAll; others: PlacedAll; afterTest: number } {
  const { split, winner, plannedAt } = plan.campaign;
  const first = going.filter(({ group }) => group !== null);
  const rest = going.filter(({ group }) => group === null);
  const tested = place(first, plan, terms, later(start, now), start);
  const waitMs = (split?.test?.waitMinutes ?? 0) * MINUTE_MS;
  const until = awaitedUntil({ start, flownSince: start, spreadMs: plan.order.spreadMs });
  const waitsFrom = plannedAt ?? lastAwaited(tested.placed, start, until);
  const chosen = winner?.at ?? new Date(waitsFrom.getTime() + waitMs);
  // The wait does not begin while a test message waits for a stopped sender.
  const begins =
    (winner ?? plannedAt) !== undefined || first.every(({ sender }) => terms.rates.get(sender.number) !== 0);
  const rates = begins ? terms.rates : new Map([...terms.rates].map(([number]) => [number, 0]));
  const others = place(rest, plan, { ...terms, rates }, later(chosen, now), chosen);
  return { tested, others, afterTest: rest.length };
}

/**
 * When the wait for a test's results begins, as `isTestUnderWay` decides it: once no message is left that leaves until
 * `until`, but for those that a cap keeps back at that moment. Where nobody has got a message, these are awaited too.
 */
function lastAwaited(tested: readonly PlacedMessage[], start: Date, until: Date): Date {
  const leaves = tested.flatMap(({ at }) => (at !== null && at <= until ? at : []));
  const [first = null] = leaves.sort((a, b) => a.getTime() - b.getTime());
  const spans = tested.flatMap((message) => awaitedSpans(message, start)).filter(({ to }) => to <= until);
  for (let at = start; ; ) {
    const untried = first !== null && first > at ? first : undefined;
    const next = spans.find(({ from, to }) => from <= at && to > at)?.to ?? untried;
    if (next === undefined) return at;
    at = next;
  }
}

/**
 * While a test message is awaited: until it leaves, or until its cap is found, and then from when the cap frees, in
 * case hours keep the message back at that moment.
 */
function awaitedSpans({ at, cap }: PlacedMessage, start: Date): { from: Date; to: Date }[] {
  const end = cap?.foundAt ?? at;
  const later = cap !== null && at !== null ? [{ from: cap.frees, to: at }] : [];
  return end === null ? later : [{ from: start, to: end }, ...later];
}

type PlacedAll = { placed: PlacedMessage[]; end: Date | null };

/**
 * Schedules people who are planned together, each in the queue of their sender. `end`: when the last message is
 * sent.
 */
function place(
  people: readonly Writable[],
  plan: PreviewPlan,
  { rates, planned, hits, ...terms }: Placing,
  now: Date,
  start: Date,
): PlacedAll {
  const { order } = plan;
  const all = people.map((person) => {
    const { at, missed: tooLate } = dueOf(person, plan, { start, now, deadline: terms.deadline });
    const passed = at < now;
    const isPlanned = planned.has(person.stored._id);
    const capFrees = hits.get(person.stored._id)?.frees ?? null;
    // A late message is sent as soon as it is planned.
    return {
      ...person,
      ...{ due: passed ? now : at, missed: tooLate && !isPlanned, late: passed && order.local !== null },
      ...{ isPlanned, capFrees },
    };
  });
  const going = all.filter((person) => !person.missed);
  const placed: PlacedMessage[] = all
    .filter((person) => person.missed)
    .map((person) => ({ ...person, ...NEVER }));
  const ends: Date[] = [];
  for (const [number, perSecond] of rates) {
    const fromSender = going.filter((person) => person.sender.number === number);
    const { outcomes, end } = perSecond > 0 ? forecast(fromSender, { ...terms, perSecond }) : NOBODY_LEAVES;
    placed.push(...fromSender.map((person, at) => ({ ...person, ...(outcomes[at] ?? NEVER) })));
    if (end !== null) ends.push(end);
  }
  return { placed, end: ends.length === 0 ? null : ends.reduce(later) };
}
