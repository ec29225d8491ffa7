import type { EndReason } from '../../src/domain/consent/ending.ts';
import type { Newcomer } from './cast.ts';
import { type Fate, SHARES } from './fate.ts';

/** How somebody stands at the end of the month, as the gateway sees it. */
export type Status =
  | 'active'
  /** No rule sends to the number, from any sender or from one. */
  | 'suppressed'
  /** The carrier said that it lets nothing through to the person. */
  | 'blocked'
  | 'held'
  | 'opted-out'
  | `ended ${EndReason}`
  /** Nobody is subscribed: a question nobody answered. */
  | 'unconfirmed'
  /** There is no contact. */
  | 'refused';

/**
 * How that compares with what really happened.
 * `found`: removed, and rightly. `missed`: still active although the messages showed it. `unseen`: still active, and
 * nothing showed it yet. `kept`: active, and rightly. `waiting`: suppressed while nothing shows that the phone is on
 * again. `aged`: consent grew old. `wrong`: removed although the number was good all month.
 */
export const JUDGEMENTS = ['found', 'missed', 'unseen', 'kept', 'waiting', 'aged', 'wrong'] as const;
export type Judgement = (typeof JUDGEMENTS)[number];

/** `failedDays`: days on which messages to the number failed after it went bad. */
export type Case = { fate: Fate; status: Status; failedDays: number };

/** Failures on so many days make a number unreachable. */
const UNREACHABLE_DAYS = 3;

const REMOVED: readonly Status[] = [
  'suppressed',
  'blocked',
  'opted-out',
  'held',
  'ended gone',
  'ended not-mobile',
  'ended deactivated',
  'ended reassigned',
];

export function judge({ fate, status, failedDays }: Case): Judgement {
  if (status === 'ended lapsed') return 'aged';
  const removed = REMOVED.includes(status);
  switch (fate.kind) {
    case 'dead':
    case 'landline':
      return removed ? 'found' : failedDays > 0 ? 'missed' : 'unseen';
    case 'blocks':
      return removed ? 'found' : failedDays >= UNREACHABLE_DAYS ? 'missed' : 'unseen';
    case 'off':
      if (!removed) return 'kept';
      return status === 'suppressed' && failedDays >= UNREACHABLE_DAYS ? 'waiting' : 'wrong';
    case 'reassigned':
      if (fate.holder === 'joins' && status === 'active') return 'kept';
      return removed ? 'found' : fate.holder === 'silent' ? 'unseen' : 'missed';
    case 'leaves':
    case 'complains':
      return removed ? 'found' : 'missed';
    case 'good':
    case 'ported':
    case 'asks':
    case 'twin':
      return removed ? 'wrong' : 'kept';
    default:
      return fate satisfies never;
  }
}

/** Of those who signed up by the form. */
export function judgeNewcomer(kind: Newcomer['kind'], status: Status): Judgement {
  if (kind !== 'good') return status === 'active' ? 'missed' : 'found';
  if (status === 'active') return 'kept';
  return status === 'unconfirmed' ? 'unseen' : 'wrong';
}

const GROUPS = ['good', ...kindsOf(SHARES), 'new, good', 'new, typo', 'new, landline'] as const;
export type Group = (typeof GROUPS)[number];

export type Row = { group: Group; people: number; counts: Record<Judgement, number> };

/** How the month ended, group by group. */
export type Reckoning = {
  rows: Row[];
  /** Good numbers that were removed, and people who asked us to stop and would still be texted. Each must be 0. */
  wrong: number;
  ignored: number;
};

export function reckon(judged: readonly { group: Group; judgement: Judgement }[]): Reckoning {
  const rows = new Map<Group, Row>();
  for (const { group, judgement } of judged) {
    const row = rows.get(group) ?? { group, people: 0, counts: none() };
    row.people += 1;
    row.counts[judgement] += 1;
    rows.set(group, row);
  }
  const all = GROUPS.flatMap((group) => rows.get(group) ?? []);
  const missedOf = (group: Group): number => rows.get(group)?.counts.missed ?? 0;
  return {
    rows: all,
    wrong: all.reduce((sum, { counts }) => sum + counts.wrong, 0),
    ignored: missedOf('leaves') + missedOf('complains'),
  };
}

/** A function, so that it is there when the list is made. */
function kindsOf<K extends string>(shares: Record<K, number>): K[] {
  return Object.keys(shares) as K[];
}

const none = (): Record<Judgement, number> =>
  Object.fromEntries(JUDGEMENTS.map((one) => [one, 0])) as Record<Judgement, number>;
