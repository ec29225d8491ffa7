import type { Language, Program } from '../program.ts';
import { confirmWordOf } from './naming.ts';
import type { Turn } from './outcome.ts';
import { isSubscribed, openPrompt, type Prompt } from './person.ts';

/** A question about a program that the person is not in, which an answer of theirs on this number would settle now. */
export type OpenQuestion = { prompt: Prompt; program: Program };

/**
 * The question that this text could have answered and did not; null where there is none, and of a code where it is
 * about another program.
 */
export function openQuestion({ person, act, book }: Turn): OpenQuestion | null {
  const prompt = openPrompt(person, act.number);
  if (prompt === null || act.receivedAt >= prompt.expiresAt) return null;
  if (prompt.handedOverAt === null || act.receivedAt < prompt.handedOverAt) return null;
  const { reading } = act;
  const elsewhere =
    reading.kind === 'topics-on' && reading.topics.every(({ program }) => program !== prompt.program);
  const program = book.programs.find(({ id, status }) => id === prompt.program && status === 'active');
  if (elsewhere || program === undefined || isSubscribed(person, program.id)) return null;
  return { prompt, program };
}

/** What answers it, after "reply": "YES", "with your birth date". */
export const answerTo = ({ prompt, program }: OpenQuestion, language: Language): string =>
  prompt.step === 'birth-date' ? BIRTH_DATE[language] : confirmWordOf(program, language);

const BIRTH_DATE = {
  en: 'with your birth date',
  es: 'con tu fecha de nacimiento',
  fr: 'avec votre date de naissance',
} as const;
