import type { Program } from '../../program.ts';
import { CONSENT_AGE } from '../ageing.ts';

type Aged = Pick<Program, 'consentAge'>;

/**
 * Why consent cannot lapse this early in a program that people are in; null where it can. All who are older than that would
 * lose it the next night: unasked, or by a question that told them of a later day.
 */
export function consentAgeFault(before: Aged, after: Aged): string | null {
  const { months } = before.consentAge ?? CONSENT_AGE;
  if ((after.consentAge ?? CONSENT_AGE).months >= months) return null;
  return `People are in the program whose consent lasts ${months} months, and older consent would end without a question. Say ${months} or more, or save it as another program, which they can join.`;
}
