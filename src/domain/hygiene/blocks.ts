import { isCarrierOptOut } from '../consent/carrier-opting-out.ts';
import { type Scope, type Suppression, stands } from '../consent/suppression.ts';
import type { BounceRules, Ending } from './bounces.ts';

type Judging = {
  rules: BounceRules;
  /** Numbers of ours that a block kept at a scope is for. */
  numbersUnder: (scope: Scope) => readonly string[];
};

/** True of a carrier's block that stands and rests on a message. */
export const restsOnMessage = (row: Suppression): boolean =>
  row.kind === 'carrier' && stands(row, null) && (row.witnesses ?? []).length > 0;

/**
 * Standing blocks of a carrier that rest on a message whose failure does not count: it fell into an incident, or arrived after
 * all. Not where another refusal counts that was told since, nor where the message is too old to be known. A STOP that the
 * carrier told of rests on nothing, and stands. `endings`: of all who had the number, since a block outlives its holder.
 */
export function outdatedBlocks<S extends Suppression>(
  rows: readonly S[],
  endings: readonly Ending[],
  { rules, numbersUnder }: Judging,
): S[] {
  return rows.filter((row) => {
    const { scope, since, witnesses = [] } = row;
    if (!restsOnMessage(row)) return false;
    const rested = endings.filter(({ delivery }) => witnesses.includes(delivery));
    if (rested.length < witnesses.length || rested.some((one) => isRefusal(one, rules))) return false;
    const numbers = [...numbersUnder(scope), ...rested.map(({ sender }) => sender)];
    return !endings.some(
      (one) => numbers.includes(one.sender) && one.toldAt >= since && isRefusal(one, rules),
    );
  });
}

/** True of a message that the carrier refused as blocked, outside of every incident. */
function isRefusal(ending: Ending, { meaningOf, isFrozen }: BounceRules): boolean {
  const { arrived, code } = ending;
  if (arrived || code === null || !isCarrierOptOut(code)) return false;
  const meaning = meaningOf(code);
  return meaning !== null && !isFrozen(ending, meaning);
}
