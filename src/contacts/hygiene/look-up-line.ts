import type { Desk } from '../../consent/desk.ts';
import { DAY_MS } from '../../domain/durations.ts';
import { type NumberFacts, unkeptOf, type VerificationRules } from '../../domain/hygiene/verifying.ts';
import { type AskedOnce, askOnce } from './ask-once.ts';

type Circumstances = {
  rules: VerificationRules;
  run: string | null;
  /** Answers from before this are asked for again; absent: those that are no longer good. */
  freshSince?: Date;
};

/** What Lookup says of a number's line, asked once. `run`: the verification run that asks. */
export async function lookUpLine(
  desk: Desk,
  number: string,
  { rules, run, freshSince }: Circumstances,
): Promise<AskedOnce<'line'>> {
  const now = desk.now();
  return askOnce(desk, {
    package: 'line',
    question: { number, line: true, reassignedSince: null },
    run,
    now,
    dailyBudget: rules.dailyBudget,
    freshSince: freshSince ?? new Date(now.getTime() - rules.cacheDays * DAY_MS),
    read: ({ valid, line, untoldLine: untold, carrier }) => {
      const facts: NumberFacts = { at: now, source: 'twilio-lookup', valid, line, untold, carrier };
      return unkeptOf(facts) ?? facts;
    },
  });
}
