import { type Person, subscriptionTo } from '../consent/person.ts';
import { standing } from '../consent/suppression.ts';
import type { Program } from '../program.ts';
import type { Step } from './journey.ts';

/** Why someone's way through a journey is over. Each is a sentence support can read out. */
export const JOURNEY_END_REASONS = {
  completed: 'They went through all of it.',
  condition: 'What a step asks was not true of them.',
  'opted-out': 'They opted out.',
  'consent-ended': 'The consent it began with ended.',
  'topic-off': 'They turned off what its messages are about.',
  held: 'Their texts were put on hold.',
  erased: 'They were erased.',
  'number-changed': 'Their number has another holder.',
  'program-ended': 'The program ended.',
  stopped: 'The journey was stopped.',
} as const;
export type JourneyEndReason = keyof typeof JOURNEY_END_REASONS;

/** What is known of a person now; null where they were erased. `current`: they still hold their number. */
export type Standing = { person: Person | null; current: boolean; program: Program | null };

/** The consent a run rests on: `since` when the subscription it began under had stood. */
export type Rests = { program: string; since: Date };

/**
 * Why a run cannot go on, whatever its next step is; null where it can. One that began under a consent ends with it:
 * who left and came back has another. `left`: steps not done yet.
 */
export function mustEnd(
  { program: id, since }: Rests,
  left: readonly Step[],
  { person, current, program }: Standing,
): JourneyEndReason | null {
  if (person === null) return 'erased';
  if (!current) return 'number-changed';
  if (program === null || program.status === 'ended') return 'program-ended';
  const target = { program: id, topic: null, sender: '', service: null };
  const rows = standing(person.suppressions, target, ['opt-out', 'hold']);
  if (rows.some((row) => row.kind === 'opt-out')) return 'opted-out';
  if (rows.length > 0) return 'held';
  const subscription = subscriptionTo(person, id);
  if (subscription?.state !== 'subscribed') return 'consent-ended';
  if (subscription.since.getTime() !== since.getTime()) return 'consent-ended';
  const topics = left.flatMap(({ message }) => message?.topic ?? []);
  const off = topics.length > 0 && topics.every((topic) => !subscription.topics.includes(topic));
  return off ? 'topic-off' : null;
}
