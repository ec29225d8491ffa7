import type { ConsentState } from '../consent/consent-state.ts';
import { type Program, type ProgramBook, programById, type Topic } from '../program.ts';
import { type Moment, programVerdict, verdictNow } from '../sending/message-plan.ts';
import { REASONS, type Reason, type SendVerdict } from '../sending/send-rules.ts';

/** Whether a person may be texted: `may`, or the first reason why not. `unreadable`: no key here opens the contact. */
export type TextingStatus = 'may' | 'unreadable' | Reason;

export const readStanding = (text: string): TextingStatus | null =>
  text === 'may' || text === 'unreadable' || Object.hasOwn(REASONS, text) ? (text as TextingStatus) : null;

/** One topic of one program. */
export type TopicChoice = { program: Program; topic: Topic };

/** The topic that "program:topic" names; null where there is none. */
export function readTopicChoice(text: string, book: ProgramBook): TopicChoice | null {
  const [of = '', named = ''] = text.split(':');
  const program = programById(book, of);
  const topic = program?.topics.find(({ id }) => id === named);
  return program === null || topic === undefined ? null : { program, topic };
}

/** What decides besides consent, for one person and one program. Quiet hours and caps change by the hour and are left out. */
export type MomentOf = (program: Program) => Pick<Moment, 'from'>;

/** Who is asked about: a topic, or every running program. */
export type StandingQuestion = { about: TopicChoice | null; book: ProgramBook; now: Date };

/** Whether a person may be texted now about a topic; without one, by any running program about anything they chose. */
export function standingOf(
  person: ConsentState,
  { about, book, now }: StandingQuestion,
  momentOf: MomentOf,
): TextingStatus {
  const momentIn = (program: Program): Moment => ({ program, quiet: false, now, ...momentOf(program) });
  if (about !== null) return firstOf(verdictNow(person, about.topic, momentIn(about.program)));
  const running = book.programs.filter(({ status }) => status === 'active');
  const verdicts = running.map((program) => ({
    rank: rankIn(person, program),
    verdict: programVerdict(person, momentIn(program)),
  }));
  if (verdicts.some(({ verdict }) => verdict.allowed)) return 'may';
  const [deciding] = verdicts.toSorted((a, b) => a.rank - b.rank);
  return deciding === undefined ? 'not-subscribed' : firstOf(deciding.verdict);
}

const firstOf = (verdict: SendVerdict): TextingStatus =>
  verdict.allowed ? 'may' : (verdict.reasons[0] ?? 'not-subscribed');

/** The program that a person is most in says why they may not be texted. */
function rankIn({ subscriptions }: ConsentState, { id }: Program): number {
  const state = subscriptions.find(({ program }) => program === id)?.state;
  if (state === undefined) return 3;
  if (state === 'subscribed') return 0;
  return state === 'pending' ? 1 : 2;
}
