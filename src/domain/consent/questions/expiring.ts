import { endButConfirmed } from '../confirmed-since.ts';
import { closedBy } from '../opting-out.ts';
import { draft, type EventDraft } from '../outcome.ts';
import { type Person, type Prompt, withPendingEnded, withPromptsClosed } from '../person.ts';
import { stands } from '../suppression.ts';

/** Prompts that are open though their window is over. */
const overduePrompts = ({ prompts }: Pick<Person, 'prompts'>, now: Date): Prompt[] =>
  prompts.filter((one) => one.state === 'open' && one.expiresAt <= now);

/** Prompts whose window is over: closed, and what was pending under them expired. Silence is never consent. */
export function expirePrompts(before: Person, now: Date): { person: Person; events: EventDraft[] } {
  const over = overduePrompts(before, now);
  let person = withPromptsClosed(before, 'expired', (one) => over.includes(one));
  for (const { program } of over) person = withPendingEnded(person, program, 'expired', now);
  const events = over.map(({ program, topics, disclosure, handedOverAt }) => {
    const reason = handedOverAt === null ? 'not known to have left in time' : 'no answer in time';
    return draft('expired', { program, topics, disclosure, reason });
  });
  return { person: { ...person, seq: before.seq + events.length }, events };
}

/**
 * A hold nobody decided in time ends in opt-out of everything, never in release; but for programs that the person
 * confirmed since by a text of their own, which is their newer word. Null where none is over.
 * Source: 47 CFR 64.1200(a)(10), what a reasonable person would read as revocation.
 */
export function expireHold(before: Person, now: Date): { person: Person; events: EventDraft[] } | null {
  const over = before.suppressions.find(
    (row) => row.kind === 'hold' && row.until !== null && row.until <= now && stands(row, null),
  );
  if (over === undefined) return null;
  const ending = { at: now, source: HOLD_TIMER, reason: UNDECIDED };
  const spared = endButConfirmed(before, { since: over.since, hold: over }, ending);
  if (spared !== null) return spared;
  const person = closedBy(before, 'all', { at: now, source: HOLD_TIMER });
  const events = [draft('withdrawn', { scope: 'all', reason: UNDECIDED })];
  return { person: { ...person, seq: before.seq + events.length }, events };
}

/** What raised the opt-out in which a hold ended that nobody decided. */
export const HOLD_TIMER = 'hold timer';

/** Why the ledger says that it did. */
const UNDECIDED = 'nobody decided about the hold in time';

/** The same in the ledger of somebody under new keys: the timer could write in none, for those that sealed theirs were lost. */
export const UNDECIDED_LOST = `${UNDECIDED} (lost-key)`;
