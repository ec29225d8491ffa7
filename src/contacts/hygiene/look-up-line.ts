import { randomBytes } from 'node:crypto';
import type { Desk } from '../../consent/desk.ts';
import type { NumberFacts, Unknown, VerificationRules } from '../../domain/hygiene/verifying.ts';
import {
  answerQuestion,
  claimQuestion,
  dropQuestion,
  factId,
  type Question,
} from '../../store/number-facts.ts';
import { giveBackToBudget, takeFromBudget } from '../../store/verification-rules.ts';

export type Asked = {
  facts: NumberFacts | Unknown;
  /** True where Lookup was asked now, or before by the same run: what it cost counts there. */
  paid: boolean;
};

type Circumstances = {
  rules: VerificationRules;
  run: string | null;
  /** Answers from before this are asked for again; absent: those that are no longer good. */
  freshSince?: Date;
};

const DAY_MS = 24 * 3600 * 1000;

/**
 * What Lookup says of a number's line, asked at most once while an answer is good and never beyond the day's budget,
 * however many processes ask at once or die at it: the question is on record before it is asked. One that got no
 * answer may be asked again; one whose process died may not. `run`: the verification run that asks.
 */
export async function lookUpLine(
  desk: Desk,
  number: string,
  { rules, run, freshSince }: Circumstances,
): Promise<Asked> {
  if (desk.lookup === null) return { facts: 'lookup-off', paid: false };
  const now = desk.now();
  const by = randomBytes(9).toString('base64url');
  const question: Question = { _id: factId(desk.indexOf(number), 'line'), by, run };
  const fresh = freshSince ?? new Date(now.getTime() - rules.cacheDays * DAY_MS);
  const claimed = await claimQuestion<'line'>(desk.store, question, { now, freshSince: fresh });
  if (claimed.kind === 'asked') return { facts: 'asked-before', paid: false };
  if (claimed.kind === 'answered') {
    return { facts: claimed.fact, paid: run !== null && claimed.run === run };
  }
  const facts = await ask(desk, desk.lookup, { number, rules, at: now });
  if (typeof facts === 'string') {
    await dropQuestion(desk.store, question);
    return { facts, paid: false };
  }
  await answerQuestion(desk.store, question, facts);
  return { facts, paid: true };
}

type Ask = { number: string; rules: VerificationRules; at: Date };

async function ask(
  { store }: Desk,
  lookup: NonNullable<Desk['lookup']>,
  { number, rules, at }: Ask,
): Promise<NumberFacts | Unknown> {
  const day = await takeFromBudget(store, rules.dailyBudget);
  if (day === null) return 'budget-spent';
  const looked = await lookup.look({ number, line: true, reassignedSince: null });
  if (looked.kind === 'paused') {
    await giveBackToBudget(store, day);
    return 'lookup-paused';
  }
  if (looked.kind === 'failed') return 'lookup-failed';
  const { valid, line, untoldLine: untold, carrier } = looked.told;
  return { at, source: 'twilio-lookup', valid, line, untold, carrier };
}
