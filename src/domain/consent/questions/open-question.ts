import type { Language, Program } from '../../program.ts';
import { confirmWordOf } from '../naming.ts';
import type { Turn } from '../outcome.ts';
import { isSubscribed, openPrompt, type Prompt } from '../person.ts';
import { standing } from '../suppression.ts';
import { targetOf } from '../unsettled.ts';
import { askedByResume } from './held-programs.ts';

/**
 * A question about a program that the person is not in, which an answer of theirs on this number would settle now.
 * `asksByResume`: words of theirs since it was put hold their texts, its answer would not undo that, and RESUME asks anew.
 */
export type OpenQuestion = { prompt: Prompt; program: Program; asksByResume: boolean };

/**
 * The question that this text could have answered and did not; null where there is none, and of a code where it is
 * about another program.
 */
export function openQuestion(turn: Turn): OpenQuestion | null {
  const { person, act, book } = turn;
  const prompt = openPrompt(person, act.number);
  if (prompt === null || act.receivedAt >= prompt.expiresAt) return null;
  if (prompt.handedOverAt === null || act.receivedAt < prompt.handedOverAt) return null;
  const { reading } = act;
  const elsewhere =
    reading.kind === 'topics-on' && reading.topics.every(({ program }) => program !== prompt.program);
  const program = book.programs.find(({ id, status }) => id === prompt.program && status === 'active');
  if (elsewhere || program === undefined || isSubscribed(person, program.id)) return null;
  const holds = standing(person.suppressions, targetOf(turn, program), ['hold']);
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
