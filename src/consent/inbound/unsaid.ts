import type { HandOver } from '../../sending/gate.ts';
import { findUnsaid, planUnsaid } from '../../store/deliveries/answers.ts';
import { unmarkPrompt } from '../../store/people/prompts.ts';
import type { Desk } from '../desk.ts';

/**
 * Leaves answers to the dispatcher that were cleared with their text for its HTTP answer, which was silence. A question
 * among them has not been asked: a YES from before it leaves counts for nothing. Where it asks for a birth date, the question
 * that a YES had answered has been.
 */
export async function leaveUnsaid({ store, now }: Desk, answers: string[]): Promise<void> {
  if (answers.length === 0) return;
  for (const { contact, prompt } of await findUnsaid(store, answers)) {
    if (prompt !== null) await unmarkPrompt(store, contact, prompt);
  }
  await planUnsaid(store, answers, now());
}

/**
 * Records how answers in TwiML ended; one that provably did not leave is left to the dispatcher, unless it had been given
 * before and may have been heard. Rejects where that could not be written: their rows then end as `unknown`.
 */
export function settleAnswers(desk: Desk, outcomes: readonly HandOver[]): Promise<void> {
  return desk.afterwards.add(settle(desk, outcomes));
}

async function settle(desk: Desk, outcomes: readonly HandOver[]): Promise<void> {
  const late = outcomes.filter(({ result }) => result === 'late');
  const others = outcomes.filter((one) => !late.includes(one));
  await Promise.all([desk.settler.record(others), late.length > 0 && settleLate(desk, late)]);
}

/** Those that their row tells to be given for the first time are planned; the others may have been heard before. */
async function settleLate(desk: Desk, late: readonly HandOver[]): Promise<void> {
  const ids = late.map(({ delivery }) => delivery);
  await leaveUnsaid(desk, ids);
  // Of what is planned by now it moves nothing.
  await desk.settler.record(late.filter(({ epoch }) => epoch > 1));
}
