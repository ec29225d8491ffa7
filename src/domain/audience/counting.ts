/** Longest time a count may take that somebody asked for and waits for, ms. */
export const COUNT_MS = 25_000;

/** The same where somebody only looks at what would be, ms. */
export const LOOK_MS = 5000;

/** The first, as a refusal says it. */
export const COUNT_TIME = `${COUNT_MS / 1000} seconds`;

/** A count that took longer than `budgetMs`. `missed`: of those who missed another; `started`: it goes to them already. */
type Uncounted = { missed: boolean; budgetMs: number; started?: boolean };

/** Why nothing that needs that count can be done, or told. */
export function uncounted({ missed, budgetMs, started = false }: Uncounted): string {
  const seconds = `${budgetMs / 1000} seconds`;
  const what = missed
    ? `Those who missed it could not be counted in ${seconds}`
    : `Its people could not be counted in ${seconds}, which codes and approvals need`;
  if (budgetMs < COUNT_MS)
    return `${what}: whether it can be started is not known. A start counts for ${COUNT_TIME}.`;
  const or = missed || started ? '' : ', or make it several campaigns by ZIP area';
  return `${what}. Try again when less is sent${or}.`;
}
