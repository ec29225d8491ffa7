import type { Language, Program } from '../../program.ts';
import { countParts } from '../../text/parts.ts';
import { programValues } from '../naming.ts';
import type { Say } from '../outcome.ts';

/**
 * HELP to somebody in none of a number's programs, in one part: what each program is and the word that joins it; where
 * that is too long without the words, then of fewer programs, the last left out first; at the least the first one's own.
 * Source of what it says: Twilio Help 223182208; of its length: Twilio Help 223181928.
 */
export function helpAbout(first: Program, others: readonly Program[], language: Language, say: Say): string {
  const about = programValues(first, language);
  const spoken = [first, ...others];
  for (let count = spoken.length; count > 1; count -= 1) {
    for (const line of ['help-line', 'help-line-short'] as const) {
      const lines = spoken.slice(0, count).map((one) => say(line, language, programValues(one, language)));
      const text = say('help-general', language, { ...about, lines: lines.join(' ') });
      if (countParts(text).parts === 1) return text;
    }
  }
  return say('help', language, about);
}
