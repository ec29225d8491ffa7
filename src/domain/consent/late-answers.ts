import { type Language, type Program, programById, programsOn } from '../program.ts';
import { isSubscribed, type Prompt, withLateTold } from './consent-state.ts';
import { type ConsentDecision, type DecisionContext, ledgerDraft, type ReplyDraft } from './decision.ts';
import { alreadyGets, isFullySubscribed, join, topicAskedFor } from './join.ts';
import { hasAged, isClosedByHold, needsNewYes } from './kept-back.ts';
import { replyAbout } from './preferences.ts';
import { languageFor, topicsOn } from './program-text.ts';
import { answerTo, isWordOf, openQuestion } from './prompts.ts';

/**
 * YES that confirms nothing: says so, and how to ask again. Of someone whose texts wait for a word of theirs it asks. A program's
 * own word is about that program.
 */
export function answerIneffectiveYes(turn: DecisionContext, flaw = 'too late'): ConsentDecision {
  const here = programsOn(turn.book, turn.act.number).filter((one) => isWordOf(turn, one));
  const last = turn.person.prompts.findLast((one) => one.number === turn.act.number && mayAnswer(turn, one));
  const isOpen = last?.state === 'open';
  const late = last?.state === 'expired' || (isOpen && flaw === 'too late') || isWithdrawn(turn, last);
  const program = here.find((one) => one.id === last?.program) ?? here[0];
  const reason = late ? 'too late' : isOpen ? flaw : 'no open prompt';
  const about = isOpen ? last.program : (program?.id ?? null);
  const event = ledgerDraft('ineffective', { program: about, reason });
  if (program === undefined) return { person: turn.person, events: [event], replies: [] };
  const inIt = isSubscribed(turn.person, program.id) && !hasAged(turn, program);
  if (inIt && needsNewYes(turn, program)) return join(turn, program);
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const ended = late && inIt ? topicTooLate(turn, last, program, language) : null;
  const said = ended ?? unasked(turn, program, language, { late, inIt });
  const events = [{ ...event, shown: said.text }];
  if (!late || !isToTell(turn, last)) return { person: turn.person, events, replies: [said] };
  return { person: withLateTold(turn.person, last), events, replies: [ofQuestion(said)] };
}

/** YES to what a program has no more, of somebody in it: nothing is left to ask of that, and the answer is as to a stray YES. */
export function yesToWhatIsGone(turn: DecisionContext, program: Program): ConsentDecision {
  const inIt = !hasAged(turn, program);
  if (inIt && needsNewYes(turn, program)) return join(turn, program);
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const said = unasked(turn, program, language, { late: false, inIt });
  const event = ledgerDraft('ineffective', {
    program: program.id,
    reason: 'nothing is left to ask',
    shown: said.text,
  });
  return { person: turn.person, events: [event], replies: [said] };
}

/** Whether the word is one of the program that the question was about, which may have ended. */
const mayAnswer = (turn: DecisionContext, { program }: Prompt): boolean =>
  isWordOf(turn, programById(turn.book, program) ?? { confirmWords: [] });

/** Closed by the end of a hold, of which nobody was told. */
function isWithdrawn(turn: DecisionContext, prompt: Prompt | undefined): prompt is Prompt {
  const program = programById(turn.book, prompt?.program ?? null);
  return prompt?.state === 'withdrawn' && program !== null && isClosedByHold(turn, program);
}

/** Of a question from before an opt-out of theirs they asked to hear nothing more; of one since they hear it once. */
function isToTell(turn: DecisionContext, prompt: Prompt): boolean {
  const { lastOptOutAt } = turn.person;
  const isNewer = lastOptOutAt === null || prompt.issuedAt > lastOptOutAt || isWithdrawn(turn, prompt);
  return prompt.lateTold === undefined && isNewer;
}

/** The question was about one more topic, whose code asks again; null for any other. */
function topicTooLate(
  turn: DecisionContext,
  prompt: Prompt,
  program: Program,
  language: Language,
): ReplyDraft | null {
  const topic = topicAskedFor(prompt, program);
  if (topic === undefined) return null;
  const values = { topic: topic.name[language], code: topic.code };
  return replyAbout(turn, program, 'topic-too-late', language, values);
}

/** Says that nothing was asked, or too long ago; of somebody who gets it all the same, that they do. */
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

/** Another program's confirm word while a question is open: no answer to that, which stays open; says what would be one. */
export function otherWord(turn: DecisionContext, prompt: Prompt, program: Program): ConsentDecision {
  const question = openQuestion(turn) ?? { prompt, program, asksByResume: false };
  const answer = answerTo(question, prompt.language);
  const said = replyAbout(turn, program, 'other-word', prompt.language, { answer });
  const reason = 'the word of another program';
  const event = ledgerDraft('ineffective', { program: program.id, reason, shown: said.text });
  return { person: turn.person, events: [event], replies: [ofQuestion(said)] };
}

/** As what came of a question that they were asked: goes where the question went, also while an older opt-out stands. */
export const ofQuestion = (reply: ReplyDraft): ReplyDraft => ({ ...reply, class: 'joining-help' });
