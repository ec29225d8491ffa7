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
import type { AnswerFlaw } from './ledger-reasons.ts';
import { confirmWordOf } from './program-text.ts';
import { generationOf, type Scope, standingRows } from './suppression.ts';

/**
 * The prompt that a YES or NO answers: the open one. When the open one came through another channel and was not sent
 * before this text, the renewal that it superseded, because that is what the person has read. A prompt that the
 * person asked for by text counts from the moment of their text.
 */
export function promptAnswered(turn: DecisionContext): Prompt | null {
  const { person, act } = turn;
  const known = person.prompts.findLast(
    (prompt) => prompt.number === act.number && (isOwnQuestion(prompt) || hasLeft(prompt, act.receivedAt)),
  );
  const stillAsks =
    known?.state === 'superseded' &&
    isRenewal(known) &&
    isSubscribed(person, known.program) &&
    whyAnswerDoesNotCount(known, turn) === null;
  return stillAsks ? known : (openPrompt(person, act.number) ?? inTime(turn));
}

/**
 * Reads a text as an answer to the open prompt. The word that the prompt names confirms, even after the program
 * changed its word, unless that word now means something else. A birth date that is ambiguous in the prompt's
 * language, or on which no writer can have been born, is no answer.
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

/**
 * Whether a YES may confirm a program: YES itself confirms any, a confirmation word only the programs that have it.
 */
export function isWordOf({ act }: DecisionContext, { confirmWords }: Pick<Program, 'confirmWords'>): boolean {
  const word = confirmWordIn(act.reading.rule);
  return word === null || confirmWords.some((known) => normalise(known) === word);
}

/** Whether a YES may answer this prompt, which may have named a word that its program no longer has. */
export const isWordFor = (turn: DecisionContext, { confirmWord }: Prompt, program: Program): boolean =>
  isWordOf(turn, program) || isWordOf(turn, { confirmWords: [confirmWord] });

/**
 * The rule by which a date does not answer the open birth date prompt; null when it does, or no such prompt is open.
 */
function whyNoAnswer({ person, act }: DecisionContext, date: string): string | null {
  const prompt = openPrompt(person, act.number);
  if (prompt?.step !== 'birth-date') return null;
  if (!mayBeBirthDate(date, act.receivedAt)) return 'birth-date:too-new';
  return isUnclearDate(act.words, prompt.language) ? 'birth-date:day-or-month' : null;
}

/**
 * The last prompt on this number, when a job expired it before a text was processed that had come in time. Not with
 * an age gate: the birth date could only come too late.
 */
function inTime(turn: DecisionContext): Prompt | null {
  const { person, act, book } = turn;
  const last = person.prompts.findLast(({ number }) => number === act.number);
  if (last?.state !== 'expired' || whyAnswerDoesNotCount(last, turn) !== null || !ranOut(person, last))
    return null;
  return programById(book, last.program)?.minimumAge === null ? last : null;
}

/**
 * Whether the prompt only expired. False when something ended its subject earlier, such as a new holder of the
 * number.
 */
function ranOut(person: ConsentState, prompt: Prompt): boolean {
  const { issuedAt, expiresAt } = prompt;
  const about = subscriptionTo(person, prompt.program);
  if (about?.state === 'subscribed') return about.since <= issuedAt;
  // A prompt for one more topic does not restore a consent that ended for another reason, such as a number given up.
  const ended = about?.endedBy === 'lapsed' && isRenewal(prompt) ? undefined : about?.endedBy;
  if (asksForTopic(prompt) || ended !== undefined) return false;
  return about?.state === 'expired' && about.since >= expiresAt;
}

/**
 * Whether the message of a prompt may still be sent: the prompt is open, unexpired and not settled. A prompt about a
 * program that was confirmed since stays open, for a NO in case the message was sent all the same, but is not sent.
 */
export function isStillAsked(person: ConsentState, question: string | null, now: Date): boolean {
  return person.prompts.some(
    (prompt) =>
      prompt.id === question &&
      prompt.state === 'open' &&
      prompt.expiresAt > now &&
      !isSettled(person, prompt),
  );
}

/**
 * Ids of prompts that may not be sent any more once `scopes` are closed: they ask about something in scope or were
 * refused.
 */
export const questionsOver = (
  prompts: readonly Pick<Prompt, 'id' | 'program' | 'topics' | 'state'>[],
  scopes: readonly Scope[],
): string[] =>
  prompts
    .filter((prompt) => isRefused(prompt) || scopes.some((scope) => inScope(scope, prompt)))
    .map(({ id }) => id);

/** The person said NO to the prompt, or is too young for its program. */
export const isRefused = ({ state }: Pick<Prompt, 'state'>): boolean => state === 'refused';

function isSettled(person: ConsentState, prompt: Prompt): boolean {
  const subscription = subscriptionTo(person, prompt.program);
  if (subscription?.state !== 'subscribed' || asksForTopic(prompt)) return false;
  return subscription.basis !== null && subscription.basis.at > prompt.issuedAt;
}

/** Why an answer to the prompt does not count, or null. */
export function whyAnswerDoesNotCount(
  prompt: Prompt,
  { person, act: { receivedAt } }: DecisionContext,
): AnswerFlaw | null {
  if (receivedAt >= prompt.expiresAt) return 'too-late';
  if (!hasLeft(prompt, receivedAt)) return 'before-prompt';
  for (const [scope, generation] of Object.entries(prompt.under)) {
    if (generationOf(person.suppressions, scope as Scope, 'opt-out') !== generation) {
      return 'opted-out-since';
    }
  }
  return null;
}

const hasLeft = ({ handedOverAt }: Prompt, by: Date): boolean => handedOverAt !== null && handedOverAt <= by;

/**
 * An open prompt about a program that the person is not in, answerable on this number now. `asksByResume`: later
 * words put the person on hold, the answer would not end that hold, and RESUME asks again.
 */
export type OpenQuestion = { prompt: Prompt; program: Program; asksByResume: boolean };

/**
 * The prompt that this text could have answered and did not. Null when there is none, or when the text is a code of
 * another program.
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

/** What the person must reply to get the texts: "YES", "with your birth date" or "RESUME". */
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

/** Open prompts that are past their expiry. */
const overduePrompts = ({ prompts }: Pick<ConsentState, 'prompts'>, now: Date): Prompt[] =>
  prompts.filter((prompt) => prompt.state === 'open' && prompt.expiresAt <= now);

/** Closes expired prompts and their pending subscriptions. Silence is never consent. */
export function expirePrompts(
  before: ConsentState,
  now: Date,
): { person: ConsentState; events: LedgerDraft[] } {
  const over = overduePrompts(before, now);
  let person = withPromptsClosed(before, 'expired', (prompt) => over.includes(prompt));
  for (const { program } of over) person = withPendingEnded(person, program, 'expired', now);
  const events = over.map(({ program, topics, disclosure, handedOverAt }) => {
    const reason = handedOverAt === null ? 'not known to have left in time' : 'no answer in time';
    return ledgerDraft('expired', { program, topics, disclosure, reason });
  });
  return { person: { ...person, seq: before.seq + events.length }, events };
}
