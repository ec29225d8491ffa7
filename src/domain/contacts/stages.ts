import { DAY_MS } from '../durations.ts';
import type { Resolved } from '../segments/tree.ts';
import { isReturn } from './activity.ts';
import type { ActivityDay, Profile } from './profile.ts';
import type { FieldFault } from './profile-changes.ts';

/**
 * When a person moves to another stage automatically: because of what they did, or because they did nothing for so
 * long. A `did` rule applies from the stages in `from`, from no stage (`unstaged`), or from either; without both,
 * from anywhere. `times` defaults to once; without `days` it looks back as far as a profile remembers.
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

/** A person's stage and activity, including the newest event, which has the type `type` and the worth `amount`. */
type Doer = { stage: Profile['stage']; days: readonly ActivityDay[]; type: string; amount: number };

/**
 * The stage after one more event. Of the rules for the event, the first counts that applies to the person's stage
 * or leads to the stage they are in: a person who got far by one rule is not moved back by a later rule. A return
 * moves nobody.
 */
export function stageAfterEvent(rules: readonly StageRule[], doer: Doer, now: Date): Profile['stage'] {
  const { stage } = doer;
  if (isReturn(doer.amount)) return stage;
  const at = stage?.name ?? null;
  const rule = rules.find((rule) => (rule.to === at || startsAt(rule, at)) && hasDone(rule, doer, now));
  return rule === undefined || rule.to === at ? stage : { name: rule.to, since: now };
}

function startsAt(rule: StageRule, at: string | null): boolean {
  const unstaged = rule.kind === 'did' && rule.unstaged === true;
  if (rule.from === undefined && !unstaged) return true;
  return at === null ? unstaged : (rule.from?.includes(at) ?? false);
}

/** Days are UTC days, as in a segment. */
function hasDone(rule: StageRule, { type, days }: Doer, now: Date): boolean {
  if (rule.kind !== 'did' || rule.event !== type) return false;
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const first = rule.days === undefined ? -Infinity : today - rule.days * DAY_MS;
  const counted = days.filter((row) => row.type === type && row.day.getTime() >= first);
  return counted.reduce((times, { count }) => times + count, 0) >= (rule.times ?? 1);
}

/**
 * Filter for the people that a rule of silence moves: those who entered its stage long enough ago and have not done
 * the thing since. A stage that a person got yesterday is not taken away tonight.
 */
export const silentOnes = ({ event, days, from }: DidNotRule): Resolved => ({
  kind: 'all',
  of: [
    { kind: 'stage', oneOf: [...from], olderThanDays: days },
    { kind: 'did-not', event, days },
  ],
});

/** Faults of stage rules, each with its place, such as "rules.0.to". */
export function faultsInStageRules(rules: readonly StageRule[], stages: ReadonlySet<string>): FieldFault[] {
  return rules.flatMap(({ from = [], to }, at) => [
    ...(stages.has(to) ? [] : [{ field: `rules.${at}.to`, message: NO_STAGE }]),
    ...from.flatMap((name, place) => {
      const field = `rules.${at}.from.${place}`;
      if (name === to)
        return [{ field, message: 'A rule must lead to another stage than the one it begins with.' }];
      return stages.has(name) ? [] : [{ field, message: NO_STAGE }];
    }),
  ]);
}

const NO_STAGE = 'There is no such stage. Use a built-in stage or one of your own: GET /stages lists them.';
