import type { Language } from '../program.ts';

/**
 * In which language of its program a person gets a template: the one that is wanted, else the first that the program
 * writes in and the template has; null where it has none. A program may take up languages after its templates.
 */
export function languageOf(
  texts: Partial<Record<Language, string>>,
  writes: readonly Language[],
  wanted: Language,
): Language | null {
  return [wanted, ...writes].find((one) => writes.includes(one) && texts[one] !== undefined) ?? null;
}

/**
 * Why a merged text says nothing; null where it does, or pictures speak for it. To be asked before the rule of its
 * program adds anything: brand and opt-out line alone are no message.
 */
export function ownFault(text: string, withMedia: boolean): string | null {
  return withMedia || text.trim() !== '' ? null : 'It is empty: it says nothing of its own.';
}
