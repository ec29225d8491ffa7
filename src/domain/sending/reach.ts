import type { Person } from '../consent/person.ts';
import { subscriptionTo } from '../consent/person.ts';
import { type Book, findSender, type Program, type Purpose, type Sender, type Topic } from '../program.ts';
import { mayReceive, type Reason, type Request, type Verdict } from './may-receive.ts';

/** The class of a message that answers nothing comes from its topic's purpose, never from who sends it. */
export const CLASS_OF = { marketing: 'marketing', informational: 'transactional' } as const satisfies Record<
  Purpose,
  'marketing' | 'transactional'
>;

/** Our number that a message would leave from. */
export type From = Pick<Sender, 'number' | 'messagingServiceSid'>;

/** What the gate is asked of a message of one topic that answers no text. */
export function requestOf({ id: program }: Program, topic: Topic, from: From) {
  const target = { program, topic: topic.id, sender: from.number, service: from.messagingServiceSid };
  const of = CLASS_OF[topic.purpose];
  return { class: of, target, answers: null, own: false, promptOpen: false } satisfies Request;
}

/**
 * What the gate would say now to a message of one topic from the first number of its program, where none is chosen for the
 * person. Throws where the program lacks the topic.
 */
export function topicVerdict(
  person: Person,
  book: Book,
  program: Program,
  topic: string,
  now: Date,
): Verdict {
  const known = program.topics.find((one) => one.id === topic);
  if (known === undefined) throw new Error('a topic of another program was asked about');
  const number = program.numbers[0] ?? '';
  const messagingServiceSid = findSender(book, number)?.messagingServiceSid ?? null;
  return mayReceive(requestOf(program, known, { number, messagingServiceSid }), person, program, now);
}

/** What decides whether one message may go this minute. `from`: null where no number of ours may write to the person. */
export type Moment = { program: Program; from: From | null; quiet: boolean; now: Date };

const NO_NUMBER: From = { number: '', messagingServiceSid: null };

/** Whether a message of one topic may go this minute, caps aside; `quiet`: the hours of marketing are over. */
export function verdictNow(person: Person, topic: Topic, { program, from, quiet, now }: Moment): Verdict {
  const verdict = mayReceive(requestOf(program, topic, from ?? NO_NUMBER), person, program, now);
  const reasons: Reason[] = verdict.allowed ? [] : [...verdict.reasons];
  if (from === null) reasons.push('no-sender');
  if (reasons.length === 0 && quiet && topic.purpose === 'marketing') reasons.push('quiet-hours');
  return reasons.length === 0 ? { allowed: true } : { allowed: false, reasons };
}

/** Whether any topic that is on may be texted about now; else why none may. */
export function programVerdict(person: Person, moment: Moment): Verdict {
  const { program } = moment;
  const on = subscriptionTo(person, program.id)?.topics ?? [];
  const known = program.topics.filter((topic) => on.length === 0 || on.includes(topic.id));
  const verdicts = known.map((topic) => verdictNow(person, topic, moment));
  if (verdicts.some((verdict) => verdict.allowed)) return { allowed: true };
  const reasons = new Set(verdicts.flatMap((verdict): Reason[] => (verdict.allowed ? [] : verdict.reasons)));
  return { allowed: false, reasons: reasons.size === 0 ? ['not-subscribed'] : [...reasons] };
}
