import { type OtherNumber, type Person, subscriptionTo } from '../consent/person.ts';
import { type Suppression, standing, type Target } from '../consent/suppression.ts';
import type { Reason } from './may-receive.ts';

/**
 * What a person's other numbers say against marketing to this one: the strictest wins. An opt-out there binds here, unless
 * they confirmed this program here after it, which is their newer word; a hold or a pause there binds while it lasts.
 * Nothing becomes allowed by it. Throws where the other numbers were not read: a failed read means no.
 */
export function againstByOthers(person: Person, target: Target, now: Date): Reason[] {
  const { others = [] } = person;
  if (others === null) throw new Error('marketing was asked about before the other numbers were read');
  const reasons = others.flatMap((other) => against(other, person, target, now));
  return [...new Set(reasons)];
}

function against(
  { suppressions, pausedUntil }: OtherNumber,
  person: Person,
  target: Target,
  now: Date,
): Reason[] {
  const rows = standing(suppressions, target, ['opt-out', 'hold']);
  const stopped = rows.some((row) => row.kind === 'opt-out' && !confirmedSince(person, target, row));
  const held = rows.some((row) => row.kind === 'hold');
  const paused = pausedUntil !== null && pausedUntil > now;
  return [
    ...(stopped ? (['other-number-stopped'] as const) : []),
    ...(held ? (['other-number-held'] as const) : []),
    ...(paused ? (['other-number-paused'] as const) : []),
  ];
}

function confirmedSince(person: Person, { program }: Target, { since }: Suppression): boolean {
  const basis = program === null ? null : (subscriptionTo(person, program)?.basis ?? null);
  return basis !== null && basis.at > since;
}
