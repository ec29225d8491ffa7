import type { Store } from '../store/store.ts';

/** One part that has to work before this process takes traffic. */
export type Part = { name: string; ready: () => Promise<boolean> };

export type Readiness = { ready: boolean; parts: Record<string, boolean> };

/** Asks every part, each for at most a second. */
export async function readiness(parts: readonly Part[]): Promise<Readiness> {
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
 * How far this process's wall clock may be from the database's, ms. A web process writes the lease of its answer by
 * its own, and the sweep reads it by the database's, a lease later: twice this must stay below.
 */
const CLOCK_MS = 2000;

export function clockPart(store: Store, now: () => Date): Part {
  const near = async (): Promise<boolean> => {
    const { localTime } = await store.db.command({ hello: 1 });
    return Math.abs((localTime as Date).getTime() - now().getTime()) <= CLOCK_MS;
  };
  // A database that cannot be asked is told by its own part.
  return { name: 'clock', ready: () => within(500, near(), true) };
}

export function databasePart(store: Store): Part {
  return {
    name: 'database',
    ready: async () => (await store.db.command({ hello: 1 })).isWritablePrimary === true,
  };
}
