import type { Change } from '../../store/consent/commit.ts';
import { markPromptLater } from '../../store/people/prompts.ts';
import type { Desk } from '../desk.ts';
import { AT_ONCE_MS } from '../unsaid-questions.ts';

/**
 * A question counts as asked from when its transaction began. Where that took long, it counts from now on: a YES of
 * somebody who had heard nothing yet would be consent to it. Called as soon as it is known, and again just before its answer
 * is given; what is worked on in between goes by `readUnsaid`.
 */
export async function askedFromNow(
  { store, now }: Desk,
  { contact, inbound, deliveries }: Change,
): Promise<void> {
  const at = now();
  if (inbound === null || at.getTime() - inbound.recordedAt.getTime() <= AT_ONCE_MS) return;
  for (const { prompt } of deliveries)
    if (prompt !== null) await markPromptLater(store, contact._id, prompt, at);
}
