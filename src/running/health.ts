import type { Store } from '../store/store.ts';

/** One part that has to work before this process takes traffic. */
export type HealthPart = { name: string; ready: () => Promise<boolean> };

export type Readiness = { ready: boolean; parts: Record<string, boolean> };

/** Asks every part, each for at most a second. */
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

/** How far the machine's clock may be from the database's, ms, before an operator is to set it. */
const CLOCK_MS = 2000;

/**
 * Guards nothing, and only tells: the carrier's texts come whether the process is ready or not, so it goes by the
 * database's clock where its own is off (`own-clock.ts`).
 */
export function clockPart(store: Store, wall: () => Date): HealthPart {
  const near = async (): Promise<boolean> => {
    const { localTime } = await store.db.command({ hello: 1 });
    return Math.abs((localTime as Date).getTime() - wall().getTime()) <= CLOCK_MS;
  };
  // A database that cannot be asked is told by its own part.
  return { name: 'clock', ready: () => within(500, near(), true) };
}

export function databasePart(store: Store): HealthPart {
  return {
    name: 'database',
    ready: async () => (await store.db.command({ hello: 1 })).isWritablePrimary === true,
  };
}

/** How long an answer to a person may be due before it is said that none leave, ms. */
const ANSWERS_LATE_MS = 30_000;

/** Whether what people wait for leaves. `since`: since when the oldest answer is due; null where none is. */
export const areAnswersLate = (since: Date | null, now: Date): boolean =>
  since !== null && now.getTime() - since.getTime() > ANSWERS_LATE_MS;

/** Guards nothing, as the clock's: a web process takes texts also while no worker lives to answer them. */
export function answersPart(oldest: () => Promise<Date | null>, now: () => Date): HealthPart {
  // A database that cannot be asked is told by its own part.
  const inTime = async (): Promise<boolean> => !areAnswersLate(await oldest().catch(() => null), now());
  return { name: 'answers', ready: () => within(500, inTime(), true) };
}
