import { type Language, type Program, programById } from '../program.ts';
import { isUnclearDate, mayBeBirthDate } from '../words/birth-date.ts';
import { normalise } from '../words/normalise.ts';
import { confirmWordIn, type Reading } from '../words/reading.ts';
import {
  asksForTopic,
  type ConsentState,
  inScope,
  isOwnQuestion,
  isRenewal,
  isSubscribed,
  openPrompt,
  type Prompt,
  subscriptionTo,
  withPendingEnded,
  withPromptsClosed,
} from './consent-state.ts';
import { type DecisionContext, type LedgerDraft, ledgerDraft } from './decision.ts';
import { askedByResume, targetOf } from './kept-back.ts';
import { confirmWordOf } from './program-text.ts';
import { generationOf, type Scope, standingRows } from './suppression.ts';

/**
 * The question that a YES or NO of this text is to: the open one. Where another door put that, and it had not left before
 * the text, the renewal that it superseded: that is what the person had before them. A question that they asked for by
 * their own text is theirs from then on.
 */
export function promptAnswered(turn: DecisionContext): Prompt | null {
  const { person, act } = turn;
  const known = person.prompts.findLast(
    (one) => one.number === act.number && (isOwnQuestion(one) || hasLeft(one, act.receivedAt)),
  );
  const stillAsks =
    known?.state === 'superseded' &&
    isRenewal(known) &&
    isSubscribed(person, known.program) &&
    whyAnswerDoesNotCount(known, turn) === null;
  return stillAsks ? known : (openPrompt(person, act.number) ?? inTime(turn));
}

/**
 * What a text means to the person's question: the word that this names confirms, also after its program took another one,
 * where the word is not for anything else by now. A birth date that may be another day in its language is none, nor is
 * a date on which nobody who writes was born.
 */
export function readAsAnswer(turn: DecisionContext): Reading {
  const { reading, words } = turn.act;
  if (reading.kind === 'birth-date') {
    const { date, ...rest } = reading;
    const rule = whyNoAnswer(turn, date);
    return rule === null ? reading : { ...rest, kind: 'unknown', rule };
  }
  if (reading.kind !== 'unknown') return reading;
  const word = promptAnswered(turn)?.confirmWord;
  if (word === undefined || normalise(words) !== normalise(word)) return reading;
  return { ...reading, kind: 'yes', rule: 'yes:word-of-question' };
}

/** Whether a YES may be to a question about a program: YES itself to any, a confirm word to those of its own programs. */
export function isWordOf({ act }: DecisionContext, { confirmWords }: Pick<Program, 'confirmWords'>): boolean {
  const said = confirmWordIn(act.reading.rule);
  return said === null || confirmWords.some((word) => normalise(word) === said);
}

/** The same of one question, which may have named a word that its program has no more. */
export const isWordFor = (turn: DecisionContext, { confirmWord }: Prompt, program: Program): boolean =>
  isWordOf(turn, program) || isWordOf(turn, { confirmWords: [confirmWord] });

/** The rule by which a date does not answer the question for a birth date; null where it does, or none is open. */
function whyNoAnswer({ person, act }: DecisionContext, date: string): string | null {
  const prompt = openPrompt(person, act.number);
  if (prompt?.step !== 'birth-date') return null;
  if (!mayBeBirthDate(date, act.receivedAt)) return 'birth-date:too-new';
  return isUnclearDate(act.words, prompt.language) ? 'birth-date:day-or-month' : null;
}

/**
 * The last question on this number, where the timer closed it before a text was worked on that had come in time. Not with
 * an age gate: the birth date could only come too late.
 */
function inTime(turn: DecisionContext): Prompt | null {
  const { person, act, book } = turn;
  const last = person.prompts.findLast(({ number }) => number === act.number);
  if (last?.state !== 'expired' || whyAnswerDoesNotCount(last, turn) !== null || !ranOut(person, last))
    return null;
  return programById(book, last.program)?.minimumAge === null ? last : null;
}

/** Closed by its time alone: nothing ended what it asked about before, as a new holder of the number does. */
function ranOut(person: ConsentState, prompt: Prompt): boolean {
  const { issuedAt, expiresAt } = prompt;
  const about = subscriptionTo(person, prompt.program);
  if (about?.state === 'subscribed') return about.since <= issuedAt;
  // What ended for another reason, as where the number was given up, one more topic does not bring back.
  const ended = about?.endedBy === 'lapsed' && isRenewal(prompt) ? undefined : about?.endedBy;
  if (asksForTopic(prompt) || ended !== undefined) return false;
  return about?.state === 'expired' && about.since >= expiresAt;
}

/**
 * Whether the message that puts a question may still go: it is open, not over, and not settled. One about a program that
 * was confirmed since stays open, for a NO where it had left all the same, and is not put.
 */
export function isStillAsked(person: ConsentState, question: string | null, now: Date): boolean {
  return person.prompts.some(
    (one) => one.id === question && one.state === 'open' && one.expiresAt > now && !isSettled(person, one),
  );
}

/** Of some questions, those whose messages may not go any more once `scopes` are closed: they name something of it, or were refused. */
export const questionsOver = (
  prompts: readonly Pick<Prompt, 'id' | 'program' | 'topics' | 'state'>[],
  scopes: readonly Scope[],
): string[] =>
  prompts.filter((one) => isRefused(one) || scopes.some((scope) => inScope(scope, one))).map(({ id }) => id);

/** The person said NO to it, or is too young for what it asks. */
export const isRefused = ({ state }: Pick<Prompt, 'state'>): boolean => state === 'refused';

function isSettled(person: ConsentState, prompt: Prompt): boolean {
  const subscription = subscriptionTo(person, prompt.program);
  if (subscription?.state !== 'subscribed' || asksForTopic(prompt)) return false;
  return subscription.basis !== null && subscription.basis.at > prompt.issuedAt;
}

/** Why an answer to the question does not count, or null. */
export function whyAnswerDoesNotCount(
  prompt: Prompt,
  { person, act: { receivedAt } }: DecisionContext,
): string | null {
  if (receivedAt >= prompt.expiresAt) return 'too late';
  if (!hasLeft(prompt, receivedAt)) return 'older than its prompt';
  for (const [scope, generation] of Object.entries(prompt.under)) {
    if (generationOf(person.suppressions, scope as Scope, 'opt-out') !== generation) {
      return 'an opt-out came after its prompt';
    }
  }
  return null;
}

const hasLeft = ({ handedOverAt }: Prompt, by: Date): boolean => handedOverAt !== null && handedOverAt <= by;

/**
 * A question about a program that the person is not in, which an answer of theirs on this number would settle now.
 * `asksByResume`: words of theirs since it was put hold their texts, its answer would not undo that, and RESUME asks anew.
 */
export type OpenQuestion = { prompt: Prompt; program: Program; asksByResume: boolean };

/**
 * The question that this text could have answered and did not; null where there is none, and of a code where it is
 * about another program.
 */
export function openQuestion(turn: DecisionContext): OpenQuestion | null {
  const { person, act, book } = turn;
  const prompt = openPrompt(person, act.number);
  if (prompt === null || act.receivedAt >= prompt.expiresAt) return null;
  if (prompt.handedOverAt === null || act.receivedAt < prompt.handedOverAt) return null;
  const { reading } = act;
  const elsewhere =
    reading.kind === 'topics-on' && reading.topics.every(({ program }) => program !== prompt.program);
  const program = book.programs.find(({ id, status }) => id === prompt.program && status === 'active');
  if (elsewhere || program === undefined || isSubscribed(person, program.id)) return null;
  const holds = standingRows(person.suppressions, targetOf(turn, program), ['hold']);
  const heldSince = holds.some(({ since }) => since > prompt.issuedAt);
  return { prompt, program, asksByResume: heldSince && askedByResume(turn)?.id === program.id };
}

/** What gets them the texts, after "reply": "YES", "with your birth date", "RESUME". */
export function answerTo({ prompt, program, asksByResume }: OpenQuestion, language: Language): string {
  if (asksByResume) return RESUME[language];
  return prompt.step === 'birth-date' ? BIRTH_DATE[language] : confirmWordOf(program, language);
}

const RESUME = { en: 'RESUME', es: 'REANUDAR', fr: 'REPRENDRE' } as const;

const BIRTH_DATE = {
  en: 'with your birth date',
  es: 'con tu fecha de nacimiento',
  fr: 'avec votre date de naissance',
} as const;

/** Prompts that are open though their window is over. */
const overduePrompts = ({ prompts }: Pick<ConsentState, 'prompts'>, now: Date): Prompt[] =>
  prompts.filter((one) => one.state === 'open' && one.expiresAt <= now);

/** Prompts whose window is over: closed, and what was pending under them expired. Silence is never consent. */
export function expirePrompts(
  before: ConsentState,
  now: Date,
): { person: ConsentState; events: LedgerDraft[] } {
  const over = overduePrompts(before, now);
  let person = withPromptsClosed(before, 'expired', (one) => over.includes(one));
  for (const { program } of over) person = withPendingEnded(person, program, 'expired', now);
  const events = over.map(({ program, topics, disclosure, handedOverAt }) => {
    const reason = handedOverAt === null ? 'not known to have left in time' : 'no answer in time';
    return ledgerDraft('expired', { program, topics, disclosure, reason });
  });
  return { person: { ...person, seq: before.seq + events.length }, events };
}
