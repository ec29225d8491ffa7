import type { PlanFault } from './journey.ts';

/** What of a journey that goes stayed as it was saved before. */
export type Kept = {
  /** Why what begins it could not be saved now. */
  beginning: readonly PlanFault[];
  /** Why what steps ask could not be saved now. */
  questions: readonly PlanFault[];
  /** What begins it could be saved now, and would be something else. */
  anew: boolean;
};

const ANEW =
  'Its segment or its program was saved anew, and what begins it would be something else. It goes on, so it begins as before. To take that over stop it, save it and start it again: that ends it for everyone in it, for good where each person goes through it once.';

/** What was not taken over, and why; null where everything was. Where it could not be saved, nobody is told to stop it. */
export function keptSentence({ beginning, questions, anew }: Kept): string | null {
  const of = (faults: readonly PlanFault[], so: string): string[] =>
    faults.map(({ field, problem }) => `“${field}” could not be saved now, so ${so}: ${problem}`);
  const said = [
    ...of(beginning, 'it begins as before'),
    ...(anew && beginning.length === 0 ? [ANEW] : []),
    ...of(questions, 'it is asked as before'),
  ];
  return said.length === 0 ? null : said.join(' ');
}
