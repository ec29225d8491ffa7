import type { Program } from '../../program.ts';
import type { Turn } from '../outcome.ts';
import { type Person, subscriptionTo } from '../person.ts';
import { HOLD_TIMER } from '../questions/expiring.ts';
import { type Suppression, standing } from '../suppression.ts';
import { targetOf } from '../unsettled.ts';

/** What decided an opt-out that a member of staff read out of a person's words. */
export const REVIEWED = 'review:opt-out';

/**
 * Whether the end of a hold closed a program to the person, by its timer or by staff in silence, and no other word stands
 * against what its keyword asks for: a STOP of theirs, a mark that the number is not theirs. The notice of the hold named
 * RESUME, without a time.
 */
export function isClosedByHold(turn: Turn, program: Program): boolean {
  const { person } = turn;
  const closed = subscriptionTo(person, program.id);
  if (closed?.state !== 'unsubscribed' || person.wrongNumberAt != null) return false;
  const targets = [null, ...program.joinTopics].map((topic) => ({ ...targetOf(turn, program), topic }));
  const rows = targets.flatMap((target) => standing(person.suppressions, target, ['opt-out']));
  const isOfHold = (row: Suppression): boolean =>
    row.since.getTime() === closed.since.getTime() && endsHold(row, person.suppressions);
  return rows.length > 0 && rows.every(isOfHold);
}

/** Read in silence out of the words that were held, and of no text of the inbox: a STOP may be newer than such a one. */
function endsHold({ source, since }: Suppression, rows: readonly Suppression[]): boolean {
  if (source === HOLD_TIMER) return true;
  const isOfHeld = (row: Suppression): boolean =>
    row.kind === 'hold' && row.since.getTime() === since.getTime();
  return source === REVIEWED && rows.some(isOfHeld);
}

/**
 * When the last opt-out was that a RESUME is told by. The timer of a hold decides when it runs, on words of the person's from
 * before: a RESUME since those words is no older than it, unless they opted out since.
 */
export function optedOutAt({ lastOptOutAt, suppressions }: Person): Date | null {
  const isOfTimer = ({ source, since }: Suppression): boolean =>
    source === HOLD_TIMER && since.getTime() === lastOptOutAt?.getTime();
  const outs = suppressions.filter(({ kind }) => kind === 'opt-out');
  const held = suppressions.find(({ scope, kind }) => scope === 'all' && kind === 'hold');
  if (lastOptOutAt === null || held === undefined || !outs.some(isOfTimer)) return lastOptOutAt;
  const words = [held, ...outs.filter((row) => !isOfTimer(row))].map(({ since }) => since.getTime());
  return new Date(Math.min(lastOptOutAt.getTime(), Math.max(...words)));
}
