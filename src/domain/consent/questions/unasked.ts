import type { Program, Sender } from '../../program.ts';
import { isListed } from '../carrier-opting-out.ts';
import { ALREADY_IN, QUESTION_OPEN } from '../joining.ts';
import { keywordOf, languageFor } from '../naming.ts';
import { type Person, subscriptionTo } from '../person.ts';
import { standing } from '../suppression.ts';
import { TOO_YOUNG } from '../too-young.ts';
import { saidElsewhere } from '../unsettled.ts';

/**
 * What to do where another door asked for a question and none went, as a sentence for whoever runs that door. `why`: the
 * reason on record; `from`: the number that would have asked.
 */
export function toDoInstead(person: Person, program: Program, from: Sender, why: string, now: Date): string {
  if (why === QUESTION_OPEN) {
    return 'The person has a question of ours to answer. Ask again when they have, or when it is over.';
  }
  if (why === TOO_YOUNG) return 'Nothing: the person can be asked again 90 days after they told it.';
  const keyword = keywordOf(program, languageFor(program, null, person));
  const { number, handling, messagingServiceSid: service } = from;
  const target = { program: program.id, topic: null, sender: number, service };
  const blocks = (kind: 'carrier' | 'hygiene') => standing(person.suppressions, target, [kind]);
  if (blocks('hygiene').length > 0) {
    return `Ask the person for another number, or to text ${keyword} to ${number} from this one.`;
  }
  // Where we handle opt-outs ourselves, or the carrier has them on no list, the keyword lifts it too.
  if (handling !== 'own' && blocks('carrier').some((row) => isListed(row, handling))) {
    return `Ask the person to text START to ${number} from their own phone, and then ${keyword}.`;
  }
  const topics = subscriptionTo(person, program.id)?.topics ?? [];
  const stopped = saidElsewhere(person, program, target, topics, now).has('other-number-stopped');
  if (why === ALREADY_IN && !stopped && blocks('carrier').length === 0) return 'Nothing is needed.';
  return `Ask the person to text ${keyword} to ${number} from their own phone.`;
}
