import { DAY_MS } from '../durations.ts';
import { type Measure, QUALITY_RULES, type QualityRule, type Thresholds } from './rules.ts';

/** So many of a sample. */
export type Share = { hits: number; of: number };
export type Measured = Partial<Record<Measure, Share>>;

export type ScoreLevel = 'good' | 'warn' | 'fail' | 'few';

/** `told`: false where nobody could count it now: it is what was told last, or nothing. */
export type Judged = Share & {
  rule: Measure;
  share: number | null;
  level: ScoreLevel;
  thresholds: Thresholds;
  told: boolean;
};

/** Of fewer people, or messages, a share says nothing. */
const FEW = 30;

type InForce = ReadonlyMap<Measure, Thresholds>;

const thresholdsOf = (rule: QualityRule, inForce: InForce): Thresholds => inForce.get(rule.id) ?? rule.usual;

/**
 * Every rule over what was measured of one program or source; `last`: what was told of it before, for what nobody could count
 * now, else a score would move where nothing changed but that.
 */
export function judged(measured: Measured, inForce: InForce, last: Measured = {}): Judged[] {
  return QUALITY_RULES.map((rule) => {
    const thresholds = thresholdsOf(rule, inForce);
    const { hits, of } = measured[rule.id] ?? last[rule.id] ?? { hits: 0, of: 0 };
    const share = of === 0 ? null : hits / of;
    const level = share === null || of < FEW ? 'few' : levelOf(rule, thresholds, share);
    const told = measured[rule.id] !== undefined;
    return { rule: rule.id, hits, of, share, level, thresholds, told };
  });
}

function levelOf({ better }: QualityRule, { warn, fail }: Thresholds, share: number): ScoreLevel {
  const worseThan = (limit: number): boolean => (better === 'higher' ? share < limit : share > limit);
  if (worseThan(fail)) return 'fail';
  return worseThan(warn) ? 'warn' : 'good';
}

/**
 * From 0 to 100: the mean of the rules' points by their weights. A rule has all its points up to where it warns, none
 * from where it fails, and in between so many as it is away from failing. One of a sample too small counts for
 * nothing; null where none counts.
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

/** Whose quality it is: that of a program's subscribers, or of all numbers that one source brought. */
export type QualitySubject = { kind: 'program' | 'source'; id: string };

/**
 * A rule that fails for a subject, from when it was seen to fail first until it is seen to fail no longer. `failedAt`: when it
 * was seen to last.
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

/** Days after which an alarm of a sample that became too small closes, where its rule looks back over none of its own. */
const FEW_DAYS = 30;

/**
 * The alarm after a look: opened, as it stands, or closed. One of which nothing was told stays as it is; one whose sample
 * became too small to say anything closes once all is past that failed. Null where there is none and need be none.
 */
export function alarmAfter(
  before: QualityAlarm | null,
  { kind, id }: QualitySubject,
  { rule, share, of, level, told, thresholds }: Judged,
  now: Date,
): QualityAlarm | null {
  const open = before !== null && before.closedAt === null ? before : null;
  if (!told) return before;
  if (level === 'fail' && share !== null) {
    if (open !== null) return { ...open, failedAt: now, share, sample: of };
    const seen = { openSince: now, failedAt: now, share, sample: of };
    return { kind, id, rule, ...seen, acknowledged: null, closedAt: null };
  }
  if (open === null) return before;
  const isPast = now.getTime() - open.failedAt.getTime() >= (thresholds.days ?? FEW_DAYS) * DAY_MS;
  return level === 'few' && !isPast ? open : { ...open, closedAt: now };
}
