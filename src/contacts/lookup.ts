import { randomBytes } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { DAY_MS } from '../domain/durations.ts';
import {
  type Door,
  judgeNumber,
  type NumberFacts,
  type NumberVerdict,
  type Unknown,
  unkeptOf,
  type VerificationRules,
} from '../domain/hygiene/number-verification.ts';
import { readNumber } from '../domain/numbers.ts';
import type { LookupQuestion, LookupResult } from '../sending/twilio/lookup.ts';
import { type ContactDoc, findHolders } from '../store/contacts/contacts.ts';
import {
  answerQuestion,
  claimQuestion,
  dropQuestion,
  type Fact,
  factId,
  giveBackToBudget,
  type NumberFactQuestion,
  noteVerified,
  type Package,
  readVerificationRules,
  takeFromBudget,
} from '../store/contacts/verification.ts';

type Asking<P extends Package> = {
  package: P;
  question: LookupQuestion;
  /** The verification run that asks; null when none does. */
  run: string | null;
  now: Date;
  /** Asks again when the stored answer is older than this. */
  freshSince: Date;
  dailyBudget: number;
  /**
   * Turns Lookup's answer into what is stored. An `Unknown` stores nothing, so that the number may be asked about
   * again.
   */
  read: (told: LookupResult) => Fact[P] | Unknown;
  /**
   * Stores the answer elsewhere too, before the question counts as answered, so that a process that dies in between
   * loses no answer.
   */
  keep?: (fact: Fact[P]) => Promise<void>;
};

export type AskedOnce<P extends Package> = {
  facts: Fact[P] | Unknown;
  /** True when this call asked Lookup, or the same run did before: the run counts the cost. */
  paid: boolean;
};

/**
 * Asks Lookup about a number: at most once while an answer is fresh, and never beyond the day's budget, however
 * many processes ask at once or die. The question is stored before Lookup is asked. A question that got no answer
 * may be asked again; a question whose process died may not, because it may have been paid for.
 */
export async function lookUpOnce<P extends Package>(
  context: Pick<AppContext, 'indexOf' | 'lookup' | 'store'>,
  asking: Asking<P>,
): Promise<AskedOnce<P>> {
  if (context.lookup === null) return { facts: 'lookup-off', paid: false };
  const { run, now, freshSince, question: about } = asking;
  const by = randomBytes(9).toString('base64url');
  const question: NumberFactQuestion = {
    _id: factId(context.indexOf(about.number), asking.package),
    by,
    run,
  };
  const claimed = await claimQuestion<P>(context.store, question, { now, freshSince });
  if (claimed.kind === 'asked') return { facts: 'asked-before', paid: false };
  if (claimed.kind === 'answered') {
    return { facts: claimed.fact, paid: run !== null && claimed.run === run };
  }
  const facts = await ask(context, context.lookup, asking);
  if (typeof facts === 'string') {
    await dropQuestion(context.store, question);
    return { facts, paid: false };
  }
  await asking.keep?.(facts);
  await answerQuestion(context.store, question, facts);
  return { facts, paid: true };
}

async function ask<P extends Package>(
  { store }: Pick<AppContext, 'store'>,
  lookup: NonNullable<AppContext['lookup']>,
  { question, dailyBudget, read }: Asking<P>,
): Promise<Fact[P] | Unknown> {
  const day = await takeFromBudget(store, dailyBudget);
  if (day === null) return 'budget-spent';
  const looked = await lookup.look(question);
  if (looked.kind === 'failed') return 'lookup-failed';
  const facts = looked.kind === 'paused' ? 'lookup-paused' : read(looked.told);
  // A package that the account does not have costs nothing, and a paused Lookup was not asked, so the budget gets
  // the question back.
  if (facts === 'lookup-paused' || facts === 'not-enabled') await giveBackToBudget(store, day);
  return facts;
}

type Circumstances = {
  rules: VerificationRules;
  run: string | null;
  /** Asks again when the stored answer is older than this; absent: when the answer is no longer fresh. */
  freshSince?: Date;
};

/** What Lookup says about the line of a number, asked once. `run`: the verification run that asks. */
export async function lookUpLine(
  context: AppContext,
  number: string,
  { rules, run, freshSince }: Circumstances,
): Promise<AskedOnce<'line'>> {
  const now = context.now();
  return lookUpOnce(context, {
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

/** A text from the number outweighs an older answer that the number gets no texts. */
export const hasTextedSince = (
  { repliedAt, subscriptions }: Pick<ContactDoc, 'repliedAt' | 'subscriptions'>,
  at: Date,
): boolean =>
  [repliedAt, ...subscriptions.map(({ basis }) => basis?.at)].some(
    (proof) => proof !== undefined && proof > at,
  );

export type DoorVerdict = NumberVerdict & {
  /** Null when the carrier said nothing. */
  facts: NumberFacts | null;
};

/**
 * Whether an entry point may accept a number (E.164). A number that the numbering plan refuses causes no question.
 * An unknown result accepts the number and is stated in the verdict. A number that has texted since the carrier
 * said that it gets no texts is accepted too.
 */
export async function verifyAtEntry(context: AppContext, door: Door, number: string): Promise<DoorVerdict> {
  const rules = await readVerificationRules(context.store);
  const phone = readNumber(number);
  if (phone.kind !== 'phone') throw new Error('a look-up needs a phone number');
  const byPlan = judgeNumber(phone, 'not-asked', rules.accepted);
  if (byPlan.refused !== null || rules.doors[door] === 'plan') return { ...byPlan, facts: null };
  const { facts } = await lookUpLine(context, number, { rules, run: null });
  const verdict = judgeNumber(phone, facts, rules.accepted);
  if (typeof facts === 'string') return { ...verdict, facts: null };
  const isOutweighed = verdict.refused !== null && (await textedSince(context, number, facts.at));
  return { ...verdict, ...(isOutweighed ? { refused: null } : {}), facts };
}

/** False for a number that nobody holds. */
async function textedSince(
  context: Pick<AppContext, 'indexOf' | 'store'>,
  number: string,
  at: Date,
): Promise<boolean> {
  const [holder] = await findHolders(context.store, [context.indexOf(number)]);
  return holder !== undefined && hasTextedSince(holder, at);
}

/**
 * Stores with a contact what an entry point found out about its number. Before that a verification run can take the
 * answer from the stored question.
 */
export async function noteVerdict(
  context: Pick<AppContext, 'store'>,
  contact: string,
  { facts }: DoorVerdict,
): Promise<void> {
  if (facts !== null) await noteVerified(context.store, contact, { ...facts, run: null });
}
