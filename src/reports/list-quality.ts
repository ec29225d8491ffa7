import { hash } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { DAY_MS, utcDay } from '../domain/durations.ts';
import { dateAfter } from '../domain/hours/local-time.ts';
import type { Program } from '../domain/program.ts';
import { type Measure, ruleOf, type Thresholds } from '../domain/quality/rules.ts';
import {
  alarmAfter,
  judged,
  type Measured,
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
  countDuplicates,
  type MeasuredSubject,
  measurePrograms,
  measureSources,
  type QualityScore,
  readAlarms,
  readScores,
  readThresholds,
  writeAlarms,
  writeScores,
  writeSourcesLeft,
} from '../store/reports/quality.ts';
import { countInParts, figuresOf, NotSummedUp } from './daily-figures.ts';

type InForce = ReadonlyMap<Measure, Thresholds>;

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
  desk: AppContext,
  goOn: () => boolean = () => true,
): Promise<{ scores: number; alarms: number } | null> {
  const now = desk.now();
  const inForce = await readThresholds(desk.store);
  const back = (rule: Measure): Date => new Date(now.getTime() - daysOf(inForce, rule) * DAY_MS);
  const since = { fresh: back('fresh'), verified: back('verified') };
  if (!goOn()) return null;
  const programs = await measurePrograms(desk.store, since);
  if (!goOn()) return null;
  const sources = await measureSources(desk.store, since, await sourcesWithAlarms(desk, now));
  if (!goOn()) return null;
  const duplicates = await duplicatesOf(desk);
  const bounces = await bouncesOf(desk, daysOf(inForce, 'bounces'), goOn);
  if (bounces === null) return null;
  const last = await lastMeasured(desk);
  const scores = [...programs, ...sources.measured].map((one) =>
    scored(one, { ...bounces.of(one.subject), ...duplicates(one) }, { inForce, now, last }),
  );
  await writeSourcesLeft(desk.store, sources.left, now);
  const counts = {
    scores: await writeScores(desk.store, scores),
    alarms: await raiseAlarms(desk, scores, now),
  };
  if (bounces.failure !== null) throw new DoneInPart(counts, bounces.failure);
  return counts;
}

/** Measured however small they are now: without a measurement their alarms would close as if the source were gone. */
async function sourcesWithAlarms(desk: AppContext, now: Date): Promise<string[]> {
  const open = await openAlarms(desk, now);
  return [...new Set(open.flatMap(({ kind, id }) => (kind === 'source' ? id : [])))];
}

/** The last measurement of each subject, by its name. */
async function lastMeasured({ store }: AppContext): Promise<ReadonlyMap<string, Measured>> {
  const scores = await readScores(store);
  return new Map(
    scores.map(({ _id, rules }) => [
      _id,
      Object.fromEntries(rules.map(({ rule, hits, of }) => [rule, { hits, of }])) as Measured,
    ]),
  );
}

type Look = { inForce: InForce; now: Date; last: ReadonlyMap<string, Measured> };

function scored(
  { subject, people, measured }: MeasuredSubject,
  also: Measured,
  { inForce, now, last }: Look,
): QualityScore {
  const rules = judged({ ...measured, ...also }, inForce, last.get(nameOf(subject)));
  const day = utcDay(now);
  return { _id: nameOf(subject), ...subject, day, people, score: scoreOf(rules), rules };
}

const nameOf = ({ kind, id }: QualitySubject): string => `${kind} ${id}`;

/** Unknown until everybody was compared once. */
async function duplicatesOf({ store }: AppContext): Promise<(one: MeasuredSubject) => Measured> {
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
const openAlarms = async ({ store }: AppContext, now: Date): Promise<AlarmDoc[]> =>
  (await readAlarms(store, now)).filter(({ closedAt }) => closedAt === null);

/** Opens and closes alarms and returns how many. Also updates the shares of alarms that stay open. */
async function raiseAlarms(desk: AppContext, scores: readonly QualityScore[], now: Date): Promise<number> {
  const open = await openAlarms(desk, now);
  const changed: AlarmDoc[] = [];
  for (const { kind, id, rules } of scores) {
    for (const rule of rules) {
      const before = open.find((one) => one.kind === kind && one.id === id && one.rule === rule.rule) ?? null;
      const after = alarmAfter(before, { kind, id }, rule, now);
      if (after === null || after === before) continue;
      const alarm = { ...after, _id: before?._id ?? alarmId(nameOf({ kind, id }), rule.rule, now) };
      changed.push(alarm);
      if (before === null) tell(desk, alarm);
    }
  }
  // A subject that is gone fails no rule any more.
  const gone = open.filter(({ kind, id }) => !scores.some((one) => one.kind === kind && one.id === id));
  changed.push(...gone.map((alarm) => ({ ...alarm, closedAt: now })));
  await writeAlarms(desk.store, changed);
  const stayed = changed.filter(
    ({ _id, closedAt }) => closedAt === null && open.some((one) => one._id === _id),
  );
  return changed.length - stayed.length;
}

/** A source may be the address of a form, which must not be logged. */
function tell({ log }: AppContext, { _id, kind, id, rule, share }: AlarmDoc): void {
  const of = kind === 'program' ? { kind, program: id } : { kind };
  log.warn({ alarm: _id, ...of, rule, share }, 'a rule of quality fails; GET /quality/alarms tells of whom');
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
async function bouncesOf(desk: AppContext, days: number, goOn: () => boolean): Promise<Bounces | null> {
  const { programs } = desk.catalog.current().book;
  const until = utcDay(desk.now());
  const period = { since: dateAfter(until, 1 - days), until };
  const [byProgram, bySource] = [new Map<string, Share>(), new Map<string, Share>()];
  const failures = new Map<string, NotSummedUp>();
  for (const program of programs) {
    if (!goOn()) return null;
    const found = await ofProgram(desk, program, period).catch((error: unknown) => {
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

async function ofProgram(
  desk: AppContext,
  program: Program,
  period: Period,
): Promise<[source: string, share: Share][]> {
  const bounced = await figuresOf(desk, [program], period, 'bounce', countInParts);
  const sent = await figuresOf(desk, [program], period, 'source', countInParts);
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
