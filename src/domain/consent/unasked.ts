import type { Program, Sender } from '../program.ts';
import { ALREADY_IN, QUESTION_OPEN } from './joining.ts';
import { keywordOf, languageFor } from './naming.ts';
import type { Person } from './person.ts';
import { standing } from './suppression.ts';

/**
 * What to do where another door asked for a question and none went, as a sentence for whoever runs that door. `why`: the
 * reason on record; `from`: the number that would have asked.
 */
export function toDoInstead(person: Person, program: Program, from: Sender, why: string): string {
  if (why === QUESTION_OPEN) {
    return 'The person has a question of ours to answer. Ask again when they have, or when it is over.';
  }
  const keyword = keywordOf(program, languageFor(program, null, person));
  const { number, handling, messagingServiceSid: service } = from;
  const target = { program: program.id, topic: null, sender: number, service };
  const isBlocked = (kind: 'carrier' | 'hygiene'): boolean =>
    standing(person.suppressions, target, [kind]).length > 0;
  if (isBlocked('hygiene')) {
    return `Ask the person for another number, or to text ${keyword} to ${number} from this one.`;
  }
  // Where we handle opt-outs ourselves the keyword lifts it too.
  if (isBlocked('carrier') && handling !== 'own') {
    return `Ask the person to text START to ${number} from their own phone, and then ${keyword}.`;
  }
  if (why === ALREADY_IN && !isBlocked('carrier')) return 'Nothing is needed.';
  return `Ask the person to text ${keyword} to ${number} from their own phone.`;
}
