import { type Language, type Program, programById, programsOn, wordsIn } from '../program.ts';
import { isSubscribed, type Prompt, withLateTold } from './consent-state.ts';
import { type ConsentDecision, type DecisionContext, ledgerDraft, type ReplyDraft } from './decision.ts';
import { alreadyGets, isFullySubscribed, join, topicAskedFor } from './join.ts';
import { hasAged, isClosedByHold, needsNewYes } from './kept-back.ts';
import { ANSWER_FLAWS, type AnswerFlaw } from './ledger-reasons.ts';
import { replyAbout } from './preferences.ts';
import { languageFor, topicsOn } from './program-text.ts';
import { answerTo, isWordOf, openQuestion } from './prompts.ts';

/**
 * Answers a YES that confirms nothing: says so, and how to be asked again. When the person's texts are withheld until
 * a new YES, it sends a prompt. A program's own confirmation word concerns that program.
 */
export function answerIneffectiveYes(turn: DecisionContext, flaw: AnswerFlaw = 'too-late'): ConsentDecision {
  const here = programsOn(turn.book, turn.act.number).filter((program) => isWordOf(turn, program));
  const last = turn.person.prompts.findLast(
    (prompt) => prompt.number === turn.act.number && mayAnswer(turn, prompt),
  );
  const isOpen = last?.state === 'open';
  const late = last?.state === 'expired' || (isOpen && flaw === 'too-late') || isWithdrawn(turn, last);
  const program = here.find((program) => program.id === last?.program) ?? here[0];
  const reason = ANSWER_FLAWS[late ? 'too-late' : isOpen ? flaw : 'no-prompt'];
  const about = isOpen ? last.program : (program?.id ?? null);
  const event = ledgerDraft('ineffective', { program: about, reason });
  if (program === undefined) return { person: turn.person, events: [event], replies: [] };
  const inIt = isSubscribed(turn.person, program.id) && !hasAged(turn, program);
  if (inIt && needsNewYes(turn, program)) return join(turn, program);
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const ended = late && inIt ? topicTooLate(turn, last, program, language) : null;
  const reply = ended ?? unasked(turn, program, language, { late, inIt });
  const events = [{ ...event, shown: reply.text }];
  if (!late || !isToTell(turn, last)) return { person: turn.person, events, replies: [reply] };
  return { person: withLateTold(turn.person, last), events, replies: [ofQuestion(reply)] };
}

/**
 * Answers YES from a subscriber to something that the program no longer has: nothing is left to ask, so the reply is
 * that to a YES without a prompt.
 */
export function yesToWhatIsGone(turn: DecisionContext, program: Program): ConsentDecision {
  const inIt = !hasAged(turn, program);
  if (inIt && needsNewYes(turn, program)) return join(turn, program);
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const reply = unasked(turn, program, language, { late: false, inIt });
  const event = ledgerDraft('ineffective', {
    program: program.id,
    reason: ANSWER_FLAWS['nothing-to-ask'],
    shown: reply.text,
  });
  return { person: turn.person, events: [event], replies: [reply] };
}

/** Whether the word belongs to the program of the prompt, which may have ended. */
const mayAnswer = (turn: DecisionContext, { program }: Prompt): boolean =>
  isWordOf(turn, programById(turn.book, program) ?? { confirmWords: [] });

/** Whether the end of a hold closed the prompt without notice to the person. */
function isWithdrawn(turn: DecisionContext, prompt: Prompt | undefined): prompt is Prompt {
  const program = programById(turn.book, prompt?.program ?? null);
  return prompt?.state === 'withdrawn' && program !== null && isClosedByHold(turn, program);
}

/**
 * Whether to tell the person that they were too late. Not for a prompt from before their own opt-out; once for a
 * later one.
 */
function isToTell(turn: DecisionContext, prompt: Prompt): boolean {
  const { lastOptOutAt } = turn.person;
  const isNewer = lastOptOutAt === null || prompt.issuedAt > lastOptOutAt || isWithdrawn(turn, prompt);
  return prompt.lateTold === undefined && isNewer;
}

/** The reply for a prompt about one more topic, whose code asks again; null for any other prompt. */
function topicTooLate(
  turn: DecisionContext,
  prompt: Prompt,
  program: Program,
  language: Language,
): ReplyDraft | null {
  const topic = topicAskedFor(prompt, program);
  if (topic === undefined) return null;
  const values = { topic: wordsIn(topic.name, language), code: topic.code };
  return replyAbout(turn, program, 'topic-too-late', language, values);
}

/** Says that nothing was asked, or too long ago; or, when the person gets the texts already, that they do. */
function unasked(
  turn: DecisionContext,
  program: Program,
  language: Language,
  { late, inIt }: { late: boolean; inIt: boolean },
): ReplyDraft {
  const gets = late ? isFullySubscribed(turn, program) : topicsOn(turn.person, program).length > 0;
  if (inIt && gets) return alreadyGets(turn, program, language);
  return replyAbout(turn, program, late ? 'yes-too-late' : 'yes-nothing-open', language);
}

/**
 * Answers another program's confirmation word while a prompt is open. The prompt stays open, and the reply names its
 * answer.
 */
export function otherWord(turn: DecisionContext, prompt: Prompt, program: Program): ConsentDecision {
  const question = openQuestion(turn) ?? { prompt, program, asksByResume: false };
  const answer = answerTo(question, prompt.language);
  const reply = replyAbout(turn, program, 'other-word', prompt.language, { answer });
  const reason = ANSWER_FLAWS['other-word'];
  const event = ledgerDraft('ineffective', { program: program.id, reason, shown: reply.text });
  return { person: turn.person, events: [event], replies: [ofQuestion(reply)] };
}

/**
 * Marks a reply as a consequence of a prompt, so that it may be sent wherever the prompt was, even with an older
 * opt-out in force.
 */
export const ofQuestion = (reply: ReplyDraft): ReplyDraft => ({ ...reply, class: 'joining-help' });
