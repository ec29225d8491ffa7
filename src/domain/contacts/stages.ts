import { DAY_MS } from '../durations.ts';
import type { Resolved } from '../segments/tree.ts';
import { isReturn } from './activity.ts';
import type { ActivityDay, Profile } from './profile.ts';
import type { FieldFault } from './profile-changes.ts';

/**
 * When a person comes into another stage by themselves: for what they did, or for what they have not done for so long.
 * Of `did`, from these stages, from none (`unstaged`), or from either; without both from anywhere. Once without `times`,
 * and without `days` however long ago as far as a profile remembers.
 */
export type StageRule =
  | {
      kind: 'did';
      event: string;
      times?: number;
      days?: number;
      from?: string[];
      unstaged?: true;
      to: string;
    }
  | { kind: 'did-not'; event: string; days: number; from: string[]; to: string };
type DidNotRule = Extract<StageRule, { kind: 'did-not' }>;

/** What somebody stands at, and all that they did, the newest event of type `type`, worth `amount`, counted. */
type Doer = { stage: Profile['stage']; days: readonly ActivityDay[]; type: string; amount: number };

/**
 * The stage of somebody who did one thing more. Of the rules that name it the first decides that fits them where they
 * stand, or that leads to where they stand already: whoever got far by one rule is not sent back by one further down. What
 * they gave back moves nobody.
 */
export function stageAfterEvent(rules: readonly StageRule[], doer: Doer, now: Date): Profile['stage'] {
  const { stage } = doer;
  if (isReturn(doer.amount)) return stage;
  const at = stage?.name ?? null;
  const rule = rules.find((one) => (one.to === at || startsAt(one, at)) && hasDone(one, doer, now));
  return rule === undefined || rule.to === at ? stage : { name: rule.to, since: now };
}

function startsAt(rule: StageRule, at: string | null): boolean {
  const unstaged = rule.kind === 'did' && rule.unstaged === true;
  if (rule.from === undefined && !unstaged) return true;
  return at === null ? unstaged : (rule.from?.includes(at) ?? false);
}

/** Days are days of UTC, as in a segment. */
function hasDone(rule: StageRule, { type, days }: Doer, now: Date): boolean {
  if (rule.kind !== 'did' || rule.event !== type) return false;
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const first = rule.days === undefined ? -Infinity : today - rule.days * DAY_MS;
  const counted = days.filter((row) => row.type === type && row.day.getTime() >= first);
  return counted.reduce((times, { count }) => times + count, 0) >= (rule.times ?? 1);
}

/**
 * Whom a rule of silence moves: who came into its stage so long ago and has not done it since. A stage that somebody was
 * put into yesterday is not taken from them tonight.
 */
export const silentOnes = ({ event, days, from }: DidNotRule): Resolved => ({
  kind: 'all',
  of: [
    { kind: 'stage', oneOf: [...from], olderThanDays: days },
    { kind: 'did-not', event, days },
  ],
});

/** What is wrong with rules, the place named as "rules.0.to". */
export function faultsInStageRules(rules: readonly StageRule[], stages: ReadonlySet<string>): FieldFault[] {
  return rules.flatMap(({ from = [], to }, at) => [
    ...(stages.has(to) ? [] : [{ field: `rules.${at}.to`, message: NO_STAGE }]),
    ...from.flatMap((name, place) => {
      const field = `rules.${at}.from.${place}`;
      if (name === to) return [{ field, message: 'A rule cannot lead to where it begins.' }];
      return stages.has(name) ? [] : [{ field, message: NO_STAGE }];
    }),
  ]);
}

const NO_STAGE = 'There is no such stage: it is neither a usual one nor among your own.';
