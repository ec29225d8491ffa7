import { type ActLog, performActs } from './acts.ts';
import type { Flight } from './evidence/evidence.ts';
import { type Fault, PROCESSES } from './faults.ts';
import type { Fleet } from './fleet.ts';
import type { Person } from './people.ts';
import type { Plan } from './plan-rows.ts';
import type { Stress } from './stress.ts';
import type { RaceSystem } from './system.ts';

/** A trap that does not spring within this time acts at any place in the code, ms. */
const TRAP_MS = 2500;

const INSERT_TRIES = 10;

/** How many people text STOP at once, of those whose row was claimed when a process died or froze. */
const AIMED = 2;

type Step = {
  people: readonly Person[];
  plan: Plan;
  faults: readonly Fault[];
  actLog: ActLog;
  stress: Stress;
  meanwhile: () => Promise<void>;
};

/** Inserts the campaigns in slices, performs the acts of people, and injects the faults. Resolves when all of it is done. */
export async function runFlight(system: RaceSystem, step: Step): Promise<Flight> {
  const from = process.hrtime.bigint();
  const { people, plan, faults, actLog, stress, meanwhile } = step;
  const aim = aimAt(system, plan, actLog);
  const at = <T>(share: number, work: () => Promise<T>): Promise<T> =>
    pause(share * stress.flightMs).then(work);
  await Promise.all([
    ...plan.slices.map((rows, slice) =>
      at((slice / plan.slices.length) * 0.7, async () => {
        await insertAll(system, rows);
      }),
    ),
    ...people.flatMap(({ number, lines }) =>
      lines.map((line) => at(line.at, () => performActs(system, number, line.moves, actLog))),
    ),
    at(stress.meanwhileAt, meanwhile),
    ...faults.map((fault) => at(fault.at, () => injectFault(system, fault, aim))),
  ]);
  await disarm(system);
  return { from, to: process.hrtime.bigint() };
}

/**
 * Removes traps and resumes processes. When two faults hit one process, the first death counts for both, and the second trap
 * would freeze the process for good.
 */
async function disarm({ fleet }: RaceSystem): Promise<void> {
  for (const name of PROCESSES) fleet.arm(name, { kind: 'no-trap' });
  // The trap may have sprung before the order was read.
  for (let times = 0; times < 2; times += 1) {
    for (const name of PROCESSES) fleet.goOn(name);
    await pause(300);
  }
}

export type Aim = (delivery: string | null) => Promise<void>;

/** Inserts rows although the database may be away. Existing rows are left unchanged. */
async function insertAll({ store }: RaceSystem, rows: Plan['slices'][number]): Promise<void> {
  const updates = rows.map((row) => ({
    updateOne: { filter: { _id: row._id }, update: { $setOnInsert: row }, upsert: true },
  }));
  for (let tries = 0; updates.length > 0; tries += 1) {
    try {
      await store.deliveries.bulkWrite(updates, { ordered: false });
      return;
    } catch (error) {
      if (tries >= INSERT_TRIES) throw error;
      await pause(1000);
    }
  }
}

/** Sends STOPs from people whose rows were claimed by a process that just died or froze. */
function aimAt(system: RaceSystem, plan: Plan, actLog: ActLog): Aim {
  return async (delivery) => {
    const stop = [{ do: 'text' as const, to: 'deals' as const, body: 'STOP' }];
    const aimed = (await claimedNumbers(system, plan, delivery)).slice(0, AIMED);
    await Promise.all(aimed.map((number) => performActs(system, number, stop, actLog)));
  };
}

/** Numbers of people whose rows were claimed at the last look. The person of the named row comes first. */
async function claimedNumbers(system: RaceSystem, plan: Plan, delivery: string | null): Promise<string[]> {
  const claimed = await system.claims.contacts(delivery).catch(() => []);
  return [...new Set(claimed.flatMap((contact) => plan.contacts.get(contact)?.number ?? []))];
}

/** Opts out everybody with a claimed row by the API, at each web process in turn. */
export async function optOutClaimed(system: RaceSystem, plan: Plan, actLog: ActLog): Promise<void> {
  const numbers = await claimedNumbers(system, plan, null);
  await Promise.all(
    numbers.map((number, at) => {
      const web = at % 2 === 0 ? 0 : 1;
      return performActs(system, number, [{ do: 'opt-out', web, scopes: [] }], actLog);
    }),
  );
}

/** Injects a fault. Resolves when its consequences are over. */
export async function injectFault(
  { fleet }: Pick<RaceSystem, 'fleet'>,
  fault: Fault,
  aim: Aim,
): Promise<void> {
  const { process, act, point, nth, frozenMs } = fault;
  const anywhere = act === 'kill' ? fleet.kill : fleet.stopAnywhere;
  const event = happening(fleet, fault);
  if (point === null) anywhere(process);
  else fleet.arm(process, { kind: 'trap', point, nth, act });
  let happened = await event;
  if (happened === null) {
    fleet.arm(process, { kind: 'no-trap' });
    anywhere(process);
    happened = { delivery: null };
  }
  const thaw = act === 'stop' ? pause(frozenMs).then(() => fleet.goOn(process)) : null;
  await Promise.all([aim(happened.delivery), thaw]);
}

/** Resolves with null when nothing happens to the process in time. */
function happening(fleet: Fleet, { process, act }: Fault): Promise<{ delivery: string | null } | null> {
  return new Promise((resolve) => {
    const event = act === 'kill' ? 'died' : 'sprung';
    const forget = fleet.once(process, event, (delivery) => resolve({ delivery }));
    setTimeout(() => {
      forget();
      resolve(null);
    }, TRAP_MS);
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
