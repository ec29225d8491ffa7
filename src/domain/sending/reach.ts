import type { Person } from '../consent/person.ts';
import { subscriptionTo } from '../consent/person.ts';
import { type Book, findSender, type Program, type Purpose } from '../program.ts';
import { mayReceive, type Reason, type Verdict } from './may-receive.ts';

/** The class of a message that answers nothing comes from its topic's purpose, never from who sends it. */
export const CLASS_OF = { marketing: 'marketing', informational: 'transactional' } as const satisfies Record<
  Purpose,
  'marketing' | 'transactional'
>;

/** What the gate would say now to a message of one topic that answers no text. Throws where the program lacks the topic. */
export function topicVerdict(
  person: Person,
  book: Book,
  program: Program,
  topic: string,
  now: Date,
): Verdict {
  const purpose = program.topics.find((one) => one.id === topic)?.purpose;
  if (purpose === undefined) throw new Error('a topic of another program was asked about');
  const sender = program.numbers[0] ?? '';
  const service = findSender(book, sender)?.messagingServiceSid ?? null;
  const target = { program: program.id, topic, sender, service };
  const request = { class: CLASS_OF[purpose], target, answers: null, own: false, promptOpen: false };
  return mayReceive(request, person, program, now);
}

/** Whether any topic that is on may be texted about now; else why none may. */
export function programVerdict(person: Person, book: Book, program: Program, now: Date): Verdict {
  const on = subscriptionTo(person, program.id)?.topics ?? [];
  const known = program.topics.filter((topic) => on.length === 0 || on.includes(topic.id));
  const verdicts = known.map((topic) => topicVerdict(person, book, program, topic.id, now));
  if (verdicts.some((verdict) => verdict.allowed)) return { allowed: true };
  const reasons = new Set(verdicts.flatMap((verdict): Reason[] => (verdict.allowed ? [] : verdict.reasons)));
  return { allowed: false, reasons: reasons.size === 0 ? ['not-subscribed'] : [...reasons] };
}
