import { DAY_MS } from '../durations.ts';
import { type Measure, QUALITY_RULES, type QualityRule, type Thresholds } from './rules.ts';

/** `hits` of a sample of `of`. */
export type Share = { hits: number; of: number };
export type Measured = Partial<Record<Measure, Share>>;

export type ScoreLevel = 'good' | 'warn' | 'fail' | 'few';

/** `told` false: nobody could count it now, and the values are the last known ones, or none. */
export type Judged = Share & {
  rule: Measure;
  share: number | null;
  level: ScoreLevel;
  thresholds: Thresholds;
  told: boolean;
};

/** Below this sample size a share says nothing. */
const FEW = 30;

type InForce = ReadonlyMap<Measure, Thresholds>;

const thresholdsOf = (rule: QualityRule, inForce: InForce): Thresholds => inForce.get(rule.id) ?? rule.usual;

/**
 * Judges one program or source by every rule. `last`: the former measurement, used for what nobody could count now;
 * without it a score would change only because something could not be counted.
 */
export function judged(measured: Measured, inForce: InForce, last: Measured = {}): Judged[] {
  return QUALITY_RULES.map((rule) => {
    const thresholds = thresholdsOf(rule, inForce);
    const { hits, of: total } = measured[rule.id] ?? last[rule.id] ?? { hits: 0, of: 0 };
    const share = total === 0 ? null : hits / total;
    const level = share === null || total < FEW ? 'few' : levelOf(rule, thresholds, share);
    const told = measured[rule.id] !== undefined;
    return { rule: rule.id, hits, of: total, share, level, thresholds, told };
  });
}

function levelOf({ better }: QualityRule, { warn, fail }: Thresholds, share: number): ScoreLevel {
  const worseThan = (limit: number): boolean => (better === 'higher' ? share < limit : share > limit);
  if (worseThan(fail)) return 'fail';
  return worseThan(warn) ? 'warn' : 'good';
}

/**
 * The score, 0 to 100: the weighted mean of the rules' points. A rule has full points up to its warning threshold,
 * none from its failing threshold on, and between them in proportion. Rules with a too small sample do not count;
 * null when none counts.
 */
export function scoreOf(rules: readonly Judged[]): number | null {
  let [points, weights] = [0, 0];
  for (const { rule, share, level, thresholds } of rules) {
    if (share === null || level === 'few') continue;
    const weight = QUALITY_RULES.find(({ id }) => id === rule)?.weight ?? 0;
    points += weight * pointsOf(share, thresholds);
    weights += weight;
  }
  return weights === 0 ? null : Math.round((100 * points) / weights);
}

const pointsOf = (share: number, { warn, fail }: Thresholds): number =>
  Math.min(1, Math.max(0, (share - fail) / (warn - fail)));

/** Whose quality it is: of a program's subscribers, or of all numbers of one source. */
export type QualitySubject = { kind: 'program' | 'source'; id: string };

/**
 * A rule that fails for a subject, from the first failed evaluation until the rule no longer fails. `failedAt`: the
 * last failed evaluation.
 */
export type QualityAlarm = QualitySubject & {
  rule: Measure;
  openSince: Date;
  failedAt: Date;
  share: number;
  sample: number;
  acknowledged: { by: string; at: Date; note: string } | null;
  closedAt: Date | null;
};

/**
 * Days after which an alarm closes when its sample became too small, for rules that look back over no days of their
 * own.
 */
const FEW_DAYS = 30;

/**
 * The alarm after an evaluation: opened, unchanged or closed. Unchanged when the rule could not be evaluated. When
 * the sample became too small, the alarm closes once all failures are past. Null when no alarm exists and none is
 * needed.
 */
export function alarmAfter(
  before: QualityAlarm | null,
  { kind, id }: QualitySubject,
  { rule, share, of: total, level, told, thresholds }: Judged,
  now: Date,
): QualityAlarm | null {
  const open = before !== null && before.closedAt === null ? before : null;
  if (!told) return before;
  if (level === 'fail' && share !== null) {
    if (open !== null) return { ...open, failedAt: now, share, sample: total };
    const seen = { openSince: now, failedAt: now, share, sample: total };
    return { kind, id, rule, ...seen, acknowledged: null, closedAt: null };
  }
  if (open === null) return before;
  const isPast = now.getTime() - open.failedAt.getTime() >= (thresholds.days ?? FEW_DAYS) * DAY_MS;
  return level === 'few' && !isPast ? open : { ...open, closedAt: now };
}
