import { hash } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import { type Actor, actorText } from '../domain/access/actor.ts';
import { DAY_MS, utcDay } from '../domain/durations.ts';
import { dateAfter } from '../domain/hours/local-time.ts';
import type { Program } from '../domain/program.ts';
import {
  faultsIn,
  guidelinesOf,
  type Measure,
  QUALITY_RULES,
  type QualityRule,
  ruleOf,
  type Thresholds,
} from '../domain/quality/rules.ts';
import {
  alarmAfter,
  judged,
  type Measured,
  type QualityAlarm,
  type QualitySubject,
  type Share,
  scoreOf,
} from '../domain/quality/score.ts';
import { type DeliveryTally, sharesOf } from '../domain/reports/delivery-tally.ts';
import { DoneInPart } from '../domain/reports/job-counts.ts';
import type { Period } from '../domain/reports/period.ts';
import { makeStale } from '../store/reports/delivery-figures.ts';
import {
  type AlarmDoc,
  acknowledgeAlarm,
  countDuplicates,
  type MeasuredSubject,
  measurePrograms,
  measureSources,
  type QualityScore,
  readAlarms,
  readScores,
  readSourcesLeft,
  readThresholds,
  writeAlarms,
  writeScores,
  writeSourcesLeft,
  writeThresholds,
} from '../store/reports/quality.ts';
import { countInParts, figuresOf, MOST_LIVE_DAYS, NotSummedUp } from './daily-figures.ts';

type InForce = ReadonlyMap<Measure, Thresholds>;

type Reading = Pick<AppContext, 'store'>;

/** A rule, with the thresholds in force: those that an operator set, or the usual ones. */
type RuleInForce = { rule: QualityRule; thresholds: Thresholds };

export async function listQualityRules({ store }: Reading): Promise<RuleInForce[]> {
  const inForce = await readThresholds(store);
  return QUALITY_RULES.map((rule) => ({ rule, thresholds: inForce.get(rule.id) ?? rule.usual }));
}

export async function showQualityRule({ store }: Reading, id: Measure): Promise<RuleInForce> {
  const rule = ruleOf(id);
  return { rule, thresholds: (await readThresholds(store)).get(id) ?? rule.usual };
}

/**
 * Sets where a rule warns and fails. Takes effect at the next evaluation. Returns the faults of thresholds that
 * cannot be; nothing is changed then.
 */
export async function setQualityThresholds(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>,
  { actor, id, thresholds }: { actor: Actor; id: Measure; thresholds: Thresholds },
): Promise<ReturnType<typeof faultsIn>> {
  const { rule, thresholds: before } = await showQualityRule(context, id);
  const faults = faultsIn(rule, thresholds);
  if (faults.length > 0) return faults;
  const { days } = thresholds;
  // Runs before the rule is written: if the rule were written first and this failed, a repeated request would find
  // no change and skip it.
  if (id === 'bounces' && days !== null && days > (before.days ?? 0)) await countBouncesAnew(context, days);
  await writeThresholds(context.store, id, thresholds, context.now());
  const details = { ...thresholds };
  await recordAudit(context, { actor, act: 'thresholds-set', subject: { kind: 'rule', id }, details });
  return [];
}

/** Scores of programs and sources as of last night, and how many sources that night did not measure. */
export async function showListQuality({
  store,
}: Reading): Promise<{ scores: QualityScore[]; sourcesLeft: number }> {
  return { scores: await readScores(store), sourcesLeft: await readSourcesLeft(store) };
}

/** An alarm as people see it. */
type AlarmView = Omit<QualityAlarm, 'id' | 'failedAt'> & { id: string; subject: string };

const CLOSED_DAYS = 30;

/** Open alarms, and those that closed in the last thirty days. */
export async function listQualityAlarms({
  store,
  now,
}: Pick<AppContext, 'store' | 'now'>): Promise<AlarmView[]> {
  const since = new Date(now().getTime() - CLOSED_DAYS * DAY_MS);
  return (await readAlarms(store, since)).map(alarmView);
}

/**
 * Notes who handles an alarm. An alarm closes by itself once its rule no longer fails, or its sample is too small.
 * Null when there is no such open alarm.
 */
export async function acknowledgeQualityAlarm(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>,
  { actor, id, note }: { actor: Actor; id: string; note: string },
): Promise<AlarmView | null> {
  const by = actorText(actor);
  const found = await acknowledgeAlarm(context.store, id, { by, at: context.now(), note });
  if (found === null) return null;
  const subject = { kind: 'alarm', id } as const;
  await recordAudit(context, { actor, act: 'alarm-acknowledged', subject, reason: note });
  return alarmView(found);
}

const alarmView = ({ _id, id: subject, failedAt: _, ...alarm }: AlarmDoc): AlarmView => ({
  ...alarm,
  id: _id,
  subject,
});

/** What to ask where numbers are entered, and how to write it, by the thresholds in force. */
export async function entryGuidelines({ store }: Reading): Promise<ReturnType<typeof guidelinesOf>> {
  return guidelinesOf(await readThresholds(store));
}

const daysOf = (inForce: InForce, rule: Measure): number =>
  inForce.get(rule)?.days ?? ruleOf(rule).usual.days ?? 0;

/**
 * Measures every program's subscribers and every source's numbers, stores their scores, and opens and closes
 * alarms. A second run on the same day only updates when a rule last failed, unless something changed. Null when
 * `goOn` returned false: nothing is written then, because unmeasured subjects would look gone. When the failures of
 * a program cannot be counted, they and those of all sources keep their last values, and the promise rejects at the
 * end.
 */
export async function evaluateListQuality(
  context: AppContext,
  goOn: () => boolean = () => true,
): Promise<{ scores: number; alarms: number } | null> {
  const now = context.now();
  const inForce = await readThresholds(context.store);
  const back = (rule: Measure): Date => new Date(now.getTime() - daysOf(inForce, rule) * DAY_MS);
  const since = { fresh: back('fresh'), verified: back('verified') };
  if (!goOn()) return null;
  const programs = await measurePrograms(context.store, since);
  if (!goOn()) return null;
  const sources = await measureSources(context.store, since, await sourcesWithAlarms(context, now));
  if (!goOn()) return null;
  const duplicates = await duplicatesOf(context);
  const bounces = await bouncesOf(context, daysOf(inForce, 'bounces'), goOn);
  if (bounces === null) return null;
  const last = await lastMeasured(context);
  const scores = [...programs, ...sources.measured].map((measuredSubject) =>
    scored(
      measuredSubject,
      { ...bounces.of(measuredSubject.subject), ...duplicates(measuredSubject) },
      { inForce, now, last },
    ),
  );
  await writeSourcesLeft(context.store, sources.left, now);
  const counts = {
    scores: await writeScores(context.store, scores),
    alarms: await raiseAlarms(context, scores, now),
  };
  if (bounces.failure !== null) throw new DoneInPart(counts, bounces.failure);
  return counts;
}

/** Measured however small they are now: without a measurement their alarms would close as if the source were gone. */
async function sourcesWithAlarms(context: Pick<AppContext, 'store'>, now: Date): Promise<string[]> {
  const open = await openAlarms(context, now);
  return [...new Set(open.flatMap(({ kind, id }) => (kind === 'source' ? id : [])))];
}

/** The last measurement of each subject, by its name. */
async function lastMeasured({ store }: Pick<AppContext, 'store'>): Promise<ReadonlyMap<string, Measured>> {
  const scores = await readScores(store);
  return new Map(
    scores.map(({ _id, rules }) => [
      _id,
      Object.fromEntries(rules.map(({ rule, hits, of }) => [rule, { hits, of }])) as Measured,
    ]),
  );
}

type ScoringInput = { inForce: InForce; now: Date; last: ReadonlyMap<string, Measured> };

function scored(
  { subject, people, measured }: MeasuredSubject,
  also: Measured,
  { inForce, now, last }: ScoringInput,
): QualityScore {
  const rules = judged({ ...measured, ...also }, inForce, last.get(nameOf(subject)));
  const day = utcDay(now);
  return { _id: nameOf(subject), ...subject, day, people, score: scoreOf(rules), rules };
}

const nameOf = ({ kind, id }: QualitySubject): string => `${kind} ${id}`;

/** Unknown until everybody was compared once. */
async function duplicatesOf({
  store,
}: Pick<AppContext, 'store'>): Promise<(measuredSubject: MeasuredSubject) => Measured> {
  const found = {
    program: await countDuplicates(store, 'program'),
    source: await countDuplicates(store, 'source'),
  };
  return ({ subject: { kind, id }, people }) => {
    const hits = found[kind];
    return hits === null ? {} : { duplicates: { hits: hits.get(id) ?? 0, of: people } };
  };
}

/** Alarms that are open. */
const openAlarms = async ({ store }: Pick<AppContext, 'store'>, now: Date): Promise<AlarmDoc[]> =>
  (await readAlarms(store, now)).filter(({ closedAt }) => closedAt === null);

/** Opens and closes alarms and returns how many. Also updates the shares of alarms that stay open. */
async function raiseAlarms(
  context: Pick<AppContext, 'log' | 'store'>,
  scores: readonly QualityScore[],
  now: Date,
): Promise<number> {
  const open = await openAlarms(context, now);
  const changed: AlarmDoc[] = [];
  for (const { kind, id, rules } of scores) {
    for (const rule of rules) {
      const before =
        open.find((alarm) => alarm.kind === kind && alarm.id === id && alarm.rule === rule.rule) ?? null;
      const after = alarmAfter(before, { kind, id }, rule, now);
      if (after === null || after === before) continue;
      const alarm = { ...after, _id: before?._id ?? alarmId(nameOf({ kind, id }), rule.rule, now) };
      changed.push(alarm);
      if (before === null) tell(context, alarm);
    }
  }
  // A subject that is gone fails no rule any more.
  const gone = open.filter(({ kind, id }) => !scores.some((score) => score.kind === kind && score.id === id));
  changed.push(...gone.map((alarm) => ({ ...alarm, closedAt: now })));
  await writeAlarms(context.store, changed);
  const stayed = changed.filter(
    ({ _id, closedAt }) => closedAt === null && open.some((alarm) => alarm._id === _id),
  );
  return changed.length - stayed.length;
}

/** A source may be the address of a form, which must not be logged. */
function tell({ log }: Pick<AppContext, 'log'>, { _id, kind, id, rule, share }: AlarmDoc): void {
  const group = kind === 'program' ? { kind, program: id } : { kind };
  log.warn(
    { alarm: _id, ...group, rule, share },
    'a list-quality rule fails; GET /quality/alarms shows where',
  );
}

const alarmId = (subject: string, rule: string, at: Date): string =>
  hash('sha256', `${subject} ${rule} ${at.toISOString()}`, 'hex').slice(0, 16);

/**
 * Messages that failed because of their number, of those that ended, by program and by source. When a program is
 * not summed up and cannot be counted now, its counts are unknown, and those of every source too, because a source
 * may be in all programs. `failure`: the reason.
 */
type Bounces = { of: (subject: QualitySubject) => Measured; failure: NotSummedUp | null };

/** Counts over this many days. Null when `goOn` returned false. */
async function bouncesOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  days: number,
  goOn: () => boolean,
): Promise<Bounces | null> {
  const { programs } = context.catalog.current().book;
  const until = utcDay(context.now());
  const period = { since: dateAfter(until, 1 - days), until };
  const [byProgram, bySource] = [new Map<string, Share>(), new Map<string, Share>()];
  const failures = new Map<string, NotSummedUp>();
  for (const program of programs) {
    if (!goOn()) return null;
    const found = await ofProgram(context, program, period).catch((error: unknown) => {
      if (!(error instanceof NotSummedUp)) throw error;
      failures.set(program.id, error);
      return [];
    });
    for (const [source, share] of found) {
      add(byProgram, program.id, share);
      add(bySource, source, share);
    }
  }
  if (!goOn()) return null;
  const shares = { program: byProgram, source: bySource };
  const isTold = ({ kind, id }: QualitySubject): boolean =>
    kind === 'program' ? !failures.has(id) : failures.size === 0;
  const [failure = null] = failures.values();
  return {
    of: (subject) =>
      isTold(subject) ? { bounces: shares[subject.kind].get(subject.id) ?? { hits: 0, of: 0 } } : {},
    failure,
  };
}

/** Counts a few days, each in as many parts as it takes: a job can wait. */
const COUNT_PATIENTLY = { count: countInParts, mostDays: MOST_LIVE_DAYS };

async function ofProgram(
  context: Pick<AppContext, 'now' | 'store'>,
  program: Program,
  period: Period,
): Promise<[source: string, share: Share][]> {
  const bounced = await figuresOf(context, [program], period, 'bounce', COUNT_PATIENTLY);
  const sent = await figuresOf(context, [program], period, 'source', COUNT_PATIENTLY);
  return [...sent].map(([source, tally]) => [
    source,
    { hits: endedOf(bounced.get(source)), of: endedOf(tally) },
  ]);
}

const endedOf = (tally: DeliveryTally | undefined): number =>
  tally === undefined ? 0 : sharesOf(tally).settled;

function add(shares: Map<string, Share>, key: string, { hits, of }: Share): void {
  const before = shares.get(key) ?? { hits: 0, of: 0 };
  shares.set(key, { hits: before.hits + hits, of: before.of + of });
}

/** Extra days on either side, because of time zones. */
const BESIDE_DAYS = 2;

/**
 * Marks past days as stale after the meaning of failures changed, so that the next run sums them up anew: as far
 * back as the score looks, and at least a month. `lookBack`: the number of days when the score is about to look
 * further back.
 */
export async function countBouncesAnew(
  { store, now }: Pick<AppContext, 'store' | 'now'>,
  lookBack?: number,
): Promise<void> {
  const set = lookBack ?? (await readThresholds(store)).get('bounces')?.days ?? 0;
  const days = Math.max(set, ruleOf('bounces').usual.days ?? 0) + BESIDE_DAYS;
  await makeStale(store, utcDay(new Date(now().getTime() - days * DAY_MS)));
}
