import { closedBy } from './opting-out.ts';
import { draft, type EventDraft } from './outcome.ts';
import { isOpen, type Person, type Subscription } from './person.ts';
import { lift, type Suppression, stands } from './suppression.ts';

/** Why a hold ended without an opt-out of everything: the person's own newer word. */
export const CONFIRMED_SINCE = 'the person confirmed since';

/** When the opt-out counts from, what brought it, and what the ledger says of it. */
type Ending = { at: Date; source: string; reason: string };

/** Words that an opt-out was read out of: when they came, and the hold that stands; null where none does. */
type Words = { since: Date; hold: Suppression | null };

/**
 * An opt-out of everything by words from before, but for programs that the person confirmed since by a text of their own,
 * which is their newer word: what is on hold they have not confirmed. The hold ends with it. Null where they confirmed none;
 * without an event where that is all they are in, and nothing was held.
 */
export function endButConfirmed(
  before: Person,
  { since, hold }: Words,
  { at, source, reason }: Ending,
): { person: Person; events: EventDraft[] } | null {
  const isHeld = (program: string): boolean => hold !== null && stands(hold, program);
  const isConfirmed = (one: Subscription): boolean =>
    one.state === 'subscribed' && !isHeld(one.program) && (one.basis?.at ?? one.since) > since;
  if (!before.subscriptions.some(isConfirmed)) return null;
  const ended = before.subscriptions.filter((one) => isOpen(one) && !isConfirmed(one));
  let person = before;
  for (const { program } of ended) person = closedBy(person, `program:${program}`, { at, source });
  const events = ended.map(({ program }) =>
    draft('withdrawn', { program, scope: `program:${program}`, reason }),
  );
  if (hold !== null) {
    const { scope, kind, generation } = hold;
    const suppressions = lift(person.suppressions, { scope, kind, program: '*', generation });
    person = { ...person, suppressions };
    events.push(draft('released', { scope, reason: CONFIRMED_SINCE }));
  }
  return { person: { ...person, seq: before.seq + events.length }, events };
}
