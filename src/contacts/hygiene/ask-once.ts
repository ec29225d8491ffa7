import { randomBytes } from 'node:crypto';
import type { Desk } from '../../consent/desk.ts';
import type { Unknown } from '../../domain/hygiene/verifying.ts';
import type { LookupQuestion } from '../../sending/carrier/lookup.ts';
import type { LookupTold } from '../../sending/carrier/lookup-answer.ts';
import {
  answerQuestion,
  claimQuestion,
  dropQuestion,
  type Fact,
  factId,
  type Package,
  type Question,
} from '../../store/people/number-facts.ts';
import { giveBackToBudget, takeFromBudget } from '../../store/people/verification-rules.ts';

export type Asking<P extends Package> = {
  package: P;
  question: LookupQuestion;
  /** The verification run that asks; null: none does. */
  run: string | null;
  now: Date;
  /** Answers from before this are asked for again. */
  freshSince: Date;
  dailyBudget: number;
  /** What is kept of an answer; an `Unknown` keeps nothing, so that it may be asked again. */
  read: (told: LookupTold) => Fact[P] | Unknown;
  /** Keeps an answer elsewhere too, before the question counts as answered: whose process dies then has lost none. */
  keep?: (fact: Fact[P]) => Promise<void>;
};

export type AskedOnce<P extends Package> = {
  facts: Fact[P] | Unknown;
  /** True where Lookup was asked now, or before by the same run: what it cost counts there. */
  paid: boolean;
};

/**
 * Asks Lookup about a number, at most once while an answer is good and never beyond the day's budget, however many
 * processes ask at once or die at it: the question is on record before it is asked. One that got no answer may be asked
 * again; one whose process died may not.
 */
export async function askOnce<P extends Package>(desk: Desk, asking: Asking<P>): Promise<AskedOnce<P>> {
  if (desk.lookup === null) return { facts: 'lookup-off', paid: false };
  const { run, now, freshSince, question: about } = asking;
  const by = randomBytes(9).toString('base64url');
  const question: Question = { _id: factId(desk.indexOf(about.number), asking.package), by, run };
  const claimed = await claimQuestion<P>(desk.store, question, { now, freshSince });
  if (claimed.kind === 'asked') return { facts: 'asked-before', paid: false };
  if (claimed.kind === 'answered') {
    return { facts: claimed.fact, paid: run !== null && claimed.run === run };
  }
  const facts = await ask(desk, desk.lookup, asking);
  if (typeof facts === 'string') {
    await dropQuestion(desk.store, question);
    return { facts, paid: false };
  }
  await asking.keep?.(facts);
  await answerQuestion(desk.store, question, facts);
  return { facts, paid: true };
}

async function ask<P extends Package>(
  { store }: Desk,
  lookup: NonNullable<Desk['lookup']>,
  { question, dailyBudget, read }: Asking<P>,
): Promise<Fact[P] | Unknown> {
  const day = await takeFromBudget(store, dailyBudget);
  if (day === null) return 'budget-spent';
  const looked = await lookup.look(question);
  if (looked.kind === 'failed') return 'lookup-failed';
  const facts = looked.kind === 'paused' ? 'lookup-paused' : read(looked.told);
  // A package that the account does not have costs nothing: who waits for it leaves the budget to others.
  if (facts === 'lookup-paused' || facts === 'not-enabled') await giveBackToBudget(store, day);
  return facts;
}
