import { unmarkPrompt } from '../store/contacts.ts';
import { findUnsaid, planUnsaid } from '../store/delivery-answers.ts';
import type { Desk } from './desk.ts';

/**
 * Leaves answers to the dispatcher that were cleared with their text for its HTTP answer, which was silence. A question
 * among them has not been asked: a YES from before it leaves counts for nothing.
 */
export async function leaveUnsaid({ store, now }: Desk, answers: string[]): Promise<void> {
  for (const { contact, prompt } of await findUnsaid(store, answers)) {
    if (prompt !== null) await unmarkPrompt(store, contact, prompt);
  }
  await planUnsaid(store, answers, now());
}
