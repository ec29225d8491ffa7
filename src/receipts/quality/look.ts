import { hash } from 'node:crypto';
import type { Desk } from '../../consent/desk.ts';
import { DAY_MS, utcDay } from '../../domain/durations.ts';
import { alarmAfter, type Subject } from '../../domain/quality/alarm.ts';
import { type Measure, ruleOf, type Thresholds } from '../../domain/quality/rules.ts';
import { judged, type Measured, scoreOf } from '../../domain/quality/score.ts';
import { DoneInPart } from '../../domain/reports/done-in-part.ts';
import {
  type AlarmDoc,
  type QualityScore,
  readAlarms,
  readScores,
  readThresholds,
  writeAlarms,
  writeScores,
  writeSourcesLeft,
} from '../../store/reports/quality.ts';
import { countDuplicates } from '../../store/reports/quality-duplicates.ts';
import {
  type MeasuredSubject,
  measurePrograms,
  measureSources,
} from '../../store/reports/quality-measures.ts';
import { bouncesOf } from './bounces.ts';

type InForce = ReadonlyMap<Measure, Thresholds>;

const daysOf = (inForce: InForce, rule: Measure): number =>
  inForce.get(rule)?.days ?? ruleOf(rule).usual.days ?? 0;

/**
 * Looks at every program's subscribers and at the numbers of every source, keeps their scores, and opens and closes
 * alarms. A second look of the same day writes nothing but when a rule failed last, unless something changed. Null where it
 * was not to go on: of half of what is measured the other half would seem gone, so nothing is written. Rejects at the end where
 * the failures of a program, and with them those of sources, could not be told: they stay what they were told last.
 */
export async function lookAtQuality(
  desk: Desk,
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

/** However small they are now: an alarm of one that was not looked at would close, as of who is gone. */
async function sourcesWithAlarms(desk: Desk, now: Date): Promise<string[]> {
  const open = await openAlarms(desk, now);
  return [...new Set(open.flatMap(({ kind, id }) => (kind === 'source' ? id : [])))];
}

/** What was told last of each subject, by its name. */
async function lastMeasured({ store }: Desk): Promise<ReadonlyMap<string, Measured>> {
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

const nameOf = ({ kind, id }: Subject): string => `${kind} ${id}`;

/** Not told until everybody was compared once. */
async function duplicatesOf({ store }: Desk): Promise<(one: MeasuredSubject) => Measured> {
  const found = {
    program: await countDuplicates(store, 'program'),
    source: await countDuplicates(store, 'source'),
  };
  return ({ subject: { kind, id }, people }) => {
    const hits = found[kind];
    return hits === null ? {} : { duplicates: { hits: hits.get(id) ?? 0, of: people } };
  };
}

/** Those that are open. */
const openAlarms = async ({ store }: Desk, now: Date): Promise<AlarmDoc[]> =>
  (await readAlarms(store, now)).filter(({ closedAt }) => closedAt === null);

/** How many opened or closed; the shares of those that stay open are written too. */
async function raiseAlarms(desk: Desk, scores: readonly QualityScore[], now: Date): Promise<number> {
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
  // Of who is gone, nothing fails any more.
  const gone = open.filter(({ kind, id }) => !scores.some((one) => one.kind === kind && one.id === id));
  changed.push(...gone.map((alarm) => ({ ...alarm, closedAt: now })));
  await writeAlarms(desk.store, changed);
  const stayed = changed.filter(
    ({ _id, closedAt }) => closedAt === null && open.some((one) => one._id === _id),
  );
  return changed.length - stayed.length;
}

/** A source may be the address of a form, which the log does not hold. */
function tell({ log }: Desk, { _id, kind, id, rule, share }: AlarmDoc): void {
  const of = kind === 'program' ? { kind, program: id } : { kind };
  log.warn({ alarm: _id, ...of, rule, share }, 'a rule of quality fails; GET /quality/alarms tells of whom');
}

const alarmId = (subject: string, rule: string, at: Date): string =>
  hash('sha256', `${subject} ${rule} ${at.toISOString()}`, 'hex').slice(0, 16);
