import type { Store } from '../store/store.ts';

/** One part that has to work before this process takes traffic. */
export type Part = { name: string; ready: () => Promise<boolean> };

export type Readiness = { ready: boolean; parts: Record<string, boolean> };

/** Asks every part, each for at most a second. */
export async function readiness(parts: readonly Part[]): Promise<Readiness> {
  const answers = await Promise.all(
    parts.map(async ({ name, ready }) => [name, await withinSecond(ready())] as const),
  );
  return { ready: answers.every(([, ready]) => ready), parts: Object.fromEntries(answers) };
}

function withinSecond(answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), 1000);
  });
  return Promise.race([answer.catch(() => false), late]).finally(() => clearTimeout(timer));
}

export function databasePart(store: Store): Part {
  return {
    name: 'database',
    ready: async () => (await store.db.command({ hello: 1 }, { timeoutMS: 900 })).isWritablePrimary === true,
  };
}
