import { type Program, programById } from '../../program.ts';
import { isUnclearDate, mayBeBirthDate } from '../../words/birth-date.ts';
import { normalise } from '../../words/normalise.ts';
import type { Reading } from '../../words/reading.ts';
import { confirmWordIn } from '../../words/reading.ts';
import type { Turn } from '../outcome.ts';
import {
  asksForTopic,
  isOwnQuestion,
  isRenewal,
  isSubscribed,
  openPrompt,
  type Person,
  type Prompt,
  subscriptionTo,
} from '../person.ts';
import { inScope } from '../repeating.ts';
import { generationOf, type Scope } from '../suppression.ts';

/**
 * The question that a YES or NO of this text is to: the open one. Where another door put that, and it had not left before
 * the text, the renewal that it superseded: that is what the person had before them. A question that they asked for by
 * their own text is theirs from then on.
 */
export function promptAnswered(turn: Turn): Prompt | null {
  const { person, act } = turn;
  const known = person.prompts.findLast(
    (one) => one.number === act.number && (isOwnQuestion(one) || hasLeft(one, act.receivedAt)),
  );
  const stillAsks =
    known?.state === 'superseded' &&
    isRenewal(known) &&
    isSubscribed(person, known.program) &&
    flawIn(known, turn) === null;
  return stillAsks ? known : (openPrompt(person, act.number) ?? inTime(turn));
}

/**
 * What a text means to the person's question: the word that this names confirms, also after its program took another one,
 * where the word is not for anything else by now. A birth date that may be another day in its language is none, nor is
 * a date on which nobody who writes was born.
 */
export function readAsAnswer(turn: Turn): Reading {
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
export function isWordOf({ act }: Turn, { confirmWords }: Pick<Program, 'confirmWords'>): boolean {
  const said = confirmWordIn(act.reading.rule);
  return said === null || confirmWords.some((word) => normalise(word) === said);
}

/** The same of one question, which may have named a word that its program has no more. */
export const isWordFor = (turn: Turn, { confirmWord }: Prompt, program: Program): boolean =>
  isWordOf(turn, program) || isWordOf(turn, { confirmWords: [confirmWord] });

/** The rule by which a date does not answer the question for a birth date; null where it does, or none is open. */
function whyNoAnswer({ person, act }: Turn, date: string): string | null {
  const prompt = openPrompt(person, act.number);
  if (prompt?.step !== 'birth-date') return null;
  if (!mayBeBirthDate(date, act.receivedAt)) return 'birth-date:too-new';
  return isUnclearDate(act.words, prompt.language) ? 'birth-date:day-or-month' : null;
}

/**
 * The last question on this number, where the timer closed it before a text was worked on that had come in time. Not with
 * an age gate: the birth date could only come too late.
 */
function inTime(turn: Turn): Prompt | null {
  const { person, act, book } = turn;
  const last = person.prompts.findLast(({ number }) => number === act.number);
  if (last?.state !== 'expired' || flawIn(last, turn) !== null || !ranOut(person, last)) return null;
  return programById(book, last.program)?.minimumAge === null ? last : null;
}

/** Closed by its time alone: nothing ended what it asked about before, as a new holder of the number does. */
function ranOut(person: Person, prompt: Prompt): boolean {
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
export function isStillAsked(person: Person, question: string | null, now: Date): boolean {
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

function isSettled(person: Person, prompt: Prompt): boolean {
  const subscription = subscriptionTo(person, prompt.program);
  if (subscription?.state !== 'subscribed' || asksForTopic(prompt)) return false;
  return subscription.basis !== null && subscription.basis.at > prompt.issuedAt;
}

/** Why an answer to the question does not count, or null. */
export function flawIn(prompt: Prompt, { person, act: { receivedAt } }: Turn): string | null {
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
