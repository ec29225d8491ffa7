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
  const silent = outcomes.filter(({ result, epoch }) => result === 'late' && epoch === 1);
  const others = outcomes.filter((one) => !silent.includes(one));
  const unsaid = silent.map(({ delivery }) => delivery);
  await Promise.all([desk.settler.record(others), unsaid.length > 0 && leaveUnsaid(desk, unsaid)]);
}
