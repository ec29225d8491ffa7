import { seededDraws, seededHash } from '../../../src/simulator/behaviours.ts';
import { findContacts } from '../../../src/store/contacts/contacts.ts';
import { openHolder } from '../../../src/store/contacts/open-contact.ts';
import { type ActLog, performActs } from '../race/acts.ts';
import type { Fault } from '../race/faults.ts';
import { type Aim, injectFault } from '../race/flight.ts';
import { makeDue } from '../race/quiet.ts';
import type { RaceSystem } from '../race/system.ts';
import { CAMPAIGN, order, type Progress, readCampaign } from './orders.ts';

/** The times of one campaign: when it was paused, and how long planning and sending took, ms of this process's clock. */
export type FlightResult = {
  /** From the answer to the pause to the request to resume, ns of the machine's clock. */
  paused: { from: bigint; to: bigint };
  plannedMs: number;
  flownMs: number;
  /** The part of `flownMs` in which the campaign was paused. */
  pausedMs: number;
};

/**
 * The shares of the audience after which a worker is killed, and the kill point. Every point of the dispatcher that a row passes
 * is here.
 */
const KILLS: readonly (readonly [share: number, point: string | null])[] = [
  [0.15, 'after-claim'],
  [0.3, 'before-write'],
  [0.55, 'before-record'],
  [0.65, null],
  [0.75, 'after-read'],
  [0.85, 'after-write'],
];

/** Planners that are killed: one with rows that it has written but not noted, the next one after it noted them. */
const PLANNERS = 2;
export const LEAST_KILLS = KILLS.length + PLANNERS;

const WORKERS = ['worker-1', 'worker-2'] as const;

/**
 * Length of the pause, ms. It is longer than calls under way take to leave (`GRACE_NS`), so a worker that ignores the pause is
 * seen.
 */
const PAUSE_MS = 10_000;

/** STOPs in flight for each hundred people. */
const STOPPING = 3;

/** How many people text STOP at once, of those whose message a worker had claimed when it was killed. */
const AIMED = 3;

const LOOK_MS = 200;
const NUDGE_EVERY = 8;

/** The longest flight, ms: a hundred people a second, and two minutes for recovery after the kills. */
const longest = (people: number): number => people * 10 + 120_000;

type Crew = { numbers: readonly string[]; people: number; seed: number; actLog: ActLog };

/** Starts the campaign and pauses it once. Workers are killed while they plan and while they dispatch, and people text STOP. */
export async function runCampaignFlight(system: RaceSystem, crew: Crew): Promise<FlightResult> {
  const { numbers, people, seed, actLog } = crew;
  const aim = aimAt(system, actLog);
  const draw = seededDraws(seededHash(seed, 'flight'));
  const stops = Math.ceil((people * STOPPING) / 100);
  const work: Promise<unknown>[] = [];
  const kills = [...KILLS];
  let struck = Promise.resolve();
  let texted = 0;
  let paused: Promise<FlightResult['paused']> | null = null;
  let plannedMs = 0;
  killPlanners(system);
  await order(system, 'POST', `/campaigns/${CAMPAIGN}/start`, {});
  const began = performance.now();
  const since = (): number => performance.now() - began;
  for (let looks = 0; since() < longest(people); looks += 1) {
    const { state, progress } = await readCampaign(system, CAMPAIGN);
    const share = shareGone(progress, people);
    for (; texted < share * stops; texted += 1) {
      const number = numbers[Math.floor(draw() * numbers.length)] ?? '';
      work.push(performActs(system, number, [{ do: 'text', to: 'deals', body: 'STOP' }], actLog));
    }
    const planned = progress.plan_complete || system.fleet.deaths() >= PLANNERS;
    while (planned && kills[0] !== undefined && kills[0][0] <= share) {
      const [, point] = kills.shift() ?? [0, null];
      const fault = faultAt(kills.length, point);
      // Kills follow one another, because a process that is dead cannot be killed.
      struck = struck.then(() => injectFault(system, fault, aim));
    }
    if (planned && isToPause(progress, people)) paused ??= pauseFor(system, PAUSE_MS);
    if (progress.plan_complete && plannedMs === 0) plannedMs = since();
    if (state === 'finished') break;
    if (looks % NUDGE_EVERY === 0) await makeDue(system, ['expire-claims', 'adopt-receipts']);
    await pause(LOOK_MS);
  }
  const flownMs = since();
  await struck;
  await Promise.all(work);
  const never = { from: 0n, to: 0n };
  return { paused: (await paused) ?? never, plannedMs, flownMs, pausedMs: PAUSE_MS };
}

/** Kills the planning worker over its second slice, and the worker that continues over its third. */
function killPlanners({ fleet }: RaceSystem): void {
  const arm = (point: string, nth: number): void => {
    for (const name of WORKERS) fleet.arm(name, { kind: 'trap', point, nth, act: 'kill' });
  };
  arm('slice-written', 2);
  const forget = WORKERS.map((name) =>
    fleet.once(name, 'died', () => {
      for (const forgetTrap of forget) forgetTrap();
      arm('slice-noted', 3);
    }),
  );
}

const faultAt = (which: number, point: string | null): Fault => ({
  ...{ at: 0, act: 'kill', frozenMs: 0, nth: 2 },
  process: WORKERS[which % 2 === 0 ? 0 : 1],
  point,
});

async function pauseFor(system: RaceSystem, ms: number): Promise<FlightResult['paused']> {
  await order(system, 'POST', `/campaigns/${CAMPAIGN}/pause`, {});
  const from = process.hrtime.bigint();
  await pause(ms);
  const to = process.hrtime.bigint();
  await order(system, 'POST', `/campaigns/${CAMPAIGN}/resume`, {});
  return { from, to };
}

/** Sends STOPs from people whose messages the killed worker had claimed. */
function aimAt(system: RaceSystem, actLog: ActLog): Aim {
  return async (delivery) => {
    const claimed = await system.claims.contacts(delivery).catch(() => []);
    const contacts = await findContacts(system.store, [...new Set(claimed)].slice(0, AIMED));
    const numbers = contacts.map((contact) => openHolder(system.config.keyRing, contact, []).number);
    const stop = [{ do: 'text' as const, to: 'deals' as const, body: 'STOP' }];
    await Promise.all(numbers.map((number) => performActs(system, number, stop, actLog)));
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The campaign is paused once this share of its people is done, and while rows of this share wait. */
const PAUSE_AT = 0.2;
const WAITING = 0.4;

/** The share of the reachable people whose message is neither planned nor under way any more. */
function shareGone({ messages }: Progress, people: number): number {
  const { planned = 0, sending = 0, skipped = 0, ...gone } = messages;
  const left = Object.values(gone).reduce((sum, count) => sum + count, 0);
  // A person without a row counts as one who may still get the message.
  return left / Math.max(1, people - skipped, planned + sending + left);
}

/**
 * Whether to pause now. Once the plan is complete no more rows will wait, so the pause does not wait for more. It is asked after
 * the planners were killed: an earlier pause would leave the next planner too few slices to be killed over.
 */
export function isToPause(progress: Progress, people: number): boolean {
  const waits = (progress.messages.planned ?? 0) >= people * WAITING;
  return shareGone(progress, people) >= PAUSE_AT && (waits || progress.plan_complete);
}
