import { databaseTime } from '../store/connection.ts';
import type { Store } from '../store/store.ts';

/** One check that must pass before this process takes traffic. */
export type HealthPart = { name: string; ready: () => Promise<boolean> };

export type Readiness = { ready: boolean; parts: Record<string, boolean> };

/** Runs every check, each for at most a second. */
export async function readiness(parts: readonly HealthPart[]): Promise<Readiness> {
  const answers = await Promise.all(
    parts.map(async ({ name, ready }) => [name, await within(1000, ready(), false)] as const),
  );
  return { ready: answers.every(([, ready]) => ready), parts: Object.fromEntries(answers) };
}

function within(ms: number, answer: Promise<boolean>, otherwise: boolean): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), ms);
  });
  return Promise.race([answer.catch(() => otherwise), late]).finally(() => clearTimeout(timer));
}

/**
 * Largest distance between the machine's clock and the database's clock, ms. Beyond it an operator must correct the
 * clock.
 */
const CLOCK_MS = 2000;

/**
 * Reports a wrong clock, and protects nothing: the carrier's texts come whether the process is ready or not. A
 * process with a wrong clock therefore follows the database's clock (`database-clock.ts`).
 */
export function clockPart(store: Store, wall: () => Date): HealthPart {
  const near = async (): Promise<boolean> => {
    const database = await databaseTime(store);
    return Math.abs(database.getTime() - wall().getTime()) <= CLOCK_MS;
  };
  // A failed read counts as ready here: the database has a check of its own.
  return { name: 'clock', ready: () => within(500, near(), true) };
}

export function databasePart(store: Store): HealthPart {
  return {
    name: 'database',
    ready: async () => (await store.db.command({ hello: 1 })).isWritablePrimary === true,
  };
}

/** How long an answer to a person may be due before we report that no answers are sent, ms. */
const ANSWERS_LATE_MS = 30_000;

/** Whether answers to people are sent too late. `since`: when the oldest answer became due; null when none is due. */
export const areAnswersLate = (since: Date | null, now: Date): boolean =>
  since !== null && now.getTime() - since.getTime() > ANSWERS_LATE_MS;

/**
 * Reports late answers, and protects nothing, like the clock's check: a web process takes texts also while no
 * worker lives to answer them.
 */
export function answersPart(oldest: () => Promise<Date | null>, now: () => Date): HealthPart {
  // A failed read counts as ready here: the database has a check of its own.
  const inTime = async (): Promise<boolean> => !areAnswersLate(await oldest().catch(() => null), now());
  return { name: 'answers', ready: () => within(500, inTime(), true) };
}
