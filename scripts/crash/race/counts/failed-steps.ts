import type { ScenarioContext } from '../../scenario.ts';
import { saveTally, type Tally } from './tally.ts';

/** Longest that a reason is told, in characters. */
const MOST_TOLD = 300;

/** Runs one piece of a part of a race; what it throws goes on. */
export type Attempt = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/**
 * Notes in the tally what could not be run, and why, before the error goes on: the same command would run it again on a
 * fresh system and find nothing. Not where somebody broke the run off, which ends every child under it.
 */
export function recordFailures(
  {
    tally: path,
    children,
  }: { tally: ScenarioContext['tally']; children: Pick<ScenarioContext['children'], 'ended'> },
  tally: Tally,
): Attempt {
  return async (what, work) => {
    try {
      return await work();
    } catch (error) {
      if (path !== null && !children.ended()) {
        tally.failed.push({ what, reason: reasonOf(error) });
        await saveTally(path, tally);
      }
      throw error;
    }
  };
}

/** Name and first line of the message, without what a URI holds before its host, and without what may be a number. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error';
  const [said = ''] = error.message.split('\n');
  const bare = said.replace(/\/\/[^/\s]*@/g, '//').replace(/\+?\d{7,}/g, '(number)');
  return `${error.name}: ${bare}`.slice(0, MOST_TOLD);
}
