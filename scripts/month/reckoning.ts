import type { ConsentEndReason } from '../../src/domain/consent/consent-state.ts';
import type { Newcomer } from './cast.ts';
import { type NewHolder, type NumberEvent, SHARES } from './number-event.ts';

/** How somebody stands at the end of the month, as the gateway sees it. */
export type Status =
  | 'active'
  /** No rule sends to the number, from any sender or from one. */
  | 'suppressed'
  /** The carrier said that it lets nothing through to the person. */
  | 'blocked'
  | 'held'
  | 'opted-out'
  | `ended ${ConsentEndReason}`
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

/** What the month showed of a number that went bad, since it did. */
export type MonthEvidence = {
  /** Days on which messages to it failed; and of these, those on which one failed in no incident. */
  failedDays: number;
  heldDays: number;
  /** A campaign's message arrived on its day, so that a new holder had something to answer. */
  reached: boolean;
  /** Lookup said that the number has a new holder, or had so much time to that it was bound to be asked. */
  reported: boolean;
};

export type Case = { event: NumberEvent; status: Status } & MonthEvidence;

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

export function judge({ event, status, ...shown }: Case): Judgement {
  if (status === 'ended lapsed') return 'aged';
  const removed = REMOVED.includes(status);
  switch (event.kind) {
    case 'dead':
    case 'landline':
      return removed ? 'found' : shown.failedDays > 0 ? 'missed' : 'unseen';
    case 'blocks':
      return removed ? 'found' : shown.heldDays >= UNREACHABLE_DAYS ? 'missed' : 'unseen';
    case 'off':
      if (!removed) return 'kept';
      return status === 'suppressed' && shown.failedDays >= UNREACHABLE_DAYS ? 'waiting' : 'wrong';
    case 'reassigned':
      if (event.holder === 'joins' && status === 'active') return 'kept';
      return removed ? 'found' : shown.reported || hasSpoken(event.holder, shown) ? 'missed' : 'unseen';
    case 'leaves':
    case 'complains':
      return removed ? 'found' : 'missed';
    case 'good':
    case 'ported':
    case 'asks':
    case 'twin':
      return removed ? 'wrong' : 'kept';
    default:
      return event satisfies never;
  }
}

/** Whoever joins needs no text of ours; the others answer the first that reaches them, or none. */
const hasSpoken = (holder: NewHolder, { reached }: MonthEvidence): boolean =>
  holder === 'joins' || (holder !== 'silent' && reached);

/** Of those who signed up by the form. */
export function judgeNewcomer(kind: Newcomer['kind'], status: Status): Judgement {
  if (kind !== 'good') return status === 'active' ? 'missed' : 'found';
  if (status === 'active') return 'kept';
  return status === 'unconfirmed' ? 'unseen' : 'wrong';
}

const GROUPS = ['good', ...kindsOf(SHARES), 'new, good', 'new, typo', 'new, landline'] as const;
export type MonthGroup = (typeof GROUPS)[number];

export type JudgementRow = { group: MonthGroup; people: number; counts: Record<Judgement, number> };

/** How the month ended, group by group. */
export type Reckoning = {
  rows: JudgementRow[];
  /** Good numbers that were removed, and people who asked us to stop and would still be texted. Each must be 0. */
  wrong: number;
  ignored: number;
  /** Numbers that went bad in the month: those that the clean-up removed, and those it had to and did not. */
  bad: number;
  found: number;
  missed: number;
};

/** Who asked us to stop in words. */
const ASKED: readonly MonthGroup[] = ['leaves', 'complains'];

/** Numbers that go bad, and nobody says so in words of their own. */
const BAD: readonly MonthGroup[] = ['dead', 'landline', 'blocks', 'reassigned'];

/** Of so many bad numbers some are texted and fail, whoever they are. */
const ENOUGH = 10;

/** Whether a month ended as it should. One in which nothing is found proves nothing, and is not sound. */
export const isSound = ({ wrong, ignored, bad, found, missed }: Reckoning): boolean =>
  wrong + ignored + missed === 0 && (found > 0 || bad < ENOUGH);

export function reckon(judged: readonly { group: MonthGroup; judgement: Judgement }[]): Reckoning {
  const rows = new Map<MonthGroup, JudgementRow>();
  for (const { group, judgement } of judged) {
    const row = rows.get(group) ?? { group, people: 0, counts: none() };
    row.people += 1;
    row.counts[judgement] += 1;
    rows.set(group, row);
  }
  const all = GROUPS.flatMap((group) => rows.get(group) ?? []);
  const count = (of: Judgement, groups: readonly MonthGroup[]): number =>
    groups.reduce((sum, group) => sum + (rows.get(group)?.counts[of] ?? 0), 0);
  return {
    rows: all,
    wrong: count('wrong', GROUPS),
    ignored: count('missed', ASKED),
    bad: BAD.reduce((sum, group) => sum + (rows.get(group)?.people ?? 0), 0),
    found: count('found', BAD),
    missed: count(
      'missed',
      GROUPS.filter((group) => !ASKED.includes(group)),
    ),
  };
}

/** A function, so that it is there when the list is made. */
function kindsOf<K extends string>(shares: Record<K, number>): K[] {
  return Object.keys(shares) as K[];
}

const none = (): Record<Judgement, number> =>
  Object.fromEntries(JUDGEMENTS.map((judgement) => [judgement, 0])) as Record<Judgement, number>;
