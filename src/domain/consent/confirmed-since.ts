import { closedBy } from './opting-out.ts';
import { draft, type EventDraft } from './outcome.ts';
import { isOpen, type Person, type Subscription } from './person.ts';
import { lift, type Suppression, stands } from './suppression.ts';

/** Why a hold ended without an opt-out of everything: the person's own newer word. */
export const CONFIRMED_SINCE = 'the person confirmed since';

/** When the opt-out counts from, what brought it, and what the ledger says of it. */
type Ending = { at: Date; source: string; reason: string };

/**
 * A hold that ends in opt-out, but for programs that the person confirmed since by a text of their own, which is their newer
 * word. Null where they confirmed none.
 */
export function endButConfirmed(
  before: Person,
  hold: Suppression,
  { at, source, reason }: Ending,
): { person: Person; events: EventDraft[] } | null {
  const isConfirmed = ({ program, state }: Subscription): boolean =>
    state === 'subscribed' && !stands(hold, program);
  if (!before.subscriptions.some(isConfirmed)) return null;
  const ended = before.subscriptions.filter((one) => isOpen(one) && !isConfirmed(one));
  let person = before;
  for (const { program } of ended) person = closedBy(person, `program:${program}`, { at, source });
  const { scope, kind, generation } = hold;
  const suppressions = lift(person.suppressions, { scope, kind, program: '*', generation });
  const events = [
    ...ended.map(({ program }) => draft('withdrawn', { program, scope: `program:${program}`, reason })),
    draft('released', { scope, reason: CONFIRMED_SINCE }),
  ];
  return { person: { ...person, suppressions, seq: before.seq + events.length }, events };
}
