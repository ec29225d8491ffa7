import type { Language, Program } from '../program.ts';
import { REQUIRED_WORDS } from './required-words.ts';

/** Whether a text says whom it is from. */
export function namesBrand(text: string, { brand, name }: Pick<Program, 'brand' | 'name'>): boolean {
  const words = text.toLowerCase();
  return [brand, name].some((one) => words.includes(one.toLowerCase()));
}

/** Whether a text says, in a language, how to stop. */
export const namesOptOut = (text: string, language: Language): boolean =>
  REQUIRED_WORDS[language].stop.test(text);
