import type { Document } from 'mongodb';
import { USUAL_VERIFICATION, type VerificationRules } from '../../domain/hygiene/verifying.ts';
import { readMark, writeMark } from '../marks.ts';
import type { Store } from '../store.ts';

const RULES = 'verification rules';
/** The mark that counts a day's questions. */
export const BUDGET = 'lookup budget';

/** Those in force: the usual ones until somebody wrote others. */
export async function readVerificationRules(store: Store): Promise<VerificationRules> {
  const written = (await readMark(store, RULES))?.value as VerificationRules | undefined;
  return written ?? USUAL_VERIFICATION;
}

export async function writeVerificationRules(
  store: Store,
  rules: VerificationRules,
  at: Date,
): Promise<void> {
  await writeMark(store, { _id: RULES, at, value: rules });
}

/** Questions of one day in UTC, on the database's clock. */
export type LookupBudget = { day: string; used: number };

/**
 * Counts one question against the day's budget and gives the day; null, and nothing counted, where that is spent. One atomic command, so
 * that all processes together never ask more. A new day begins at midnight UTC of the database; a clock that is set
 * back begins no day again. Tests give a moment.
 */
export async function takeFromBudget(
  store: Store,
  most: number,
  now: '$$NOW' | Date = '$$NOW',
): Promise<string | null> {
  const found = await store.marks.findOneAndUpdate({ _id: BUDGET }, budgetStages(most, now), {
    upsert: true,
    returnDocument: 'after',
  });
  const value = found?.value as (LookupBudget & { granted: boolean }) | undefined;
  return value?.granted === true ? value.day : null;
}

function budgetStages(most: number, now: '$$NOW' | Date): Document[] {
  const day = { $max: ['$value.day', { $dateToString: { date: now, format: '%Y-%m-%d' } }] };
  const used = { $cond: [{ $eq: ['$value.day', day] }, '$value.used', 0] };
  const granted = { $lt: ['$value.used', most] };
  return [
    { $set: { at: now, value: { day, used } } },
    { $set: { 'value.granted': granted } },
    { $set: { 'value.used': { $add: ['$value.used', { $cond: ['$value.granted', 1, 0] }] } } },
  ];
}

/** Takes back what was counted and not asked; nothing where that day is over. */
export async function giveBackToBudget(store: Store, day: string): Promise<void> {
  await store.marks.updateOne({ _id: BUDGET, 'value.day': day }, { $inc: { 'value.used': -1 } });
}

/** Null before the first question. */
export async function readBudget(store: Store): Promise<LookupBudget | null> {
  return ((await readMark(store, BUDGET))?.value ?? null) as LookupBudget | null;
}
