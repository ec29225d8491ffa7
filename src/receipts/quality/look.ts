import { hash } from 'node:crypto';
import type { Desk } from '../../consent/desk.ts';
import { DAY_MS, utcDay } from '../../domain/durations.ts';
import { dateAfter } from '../../domain/hours/local-time.ts';
import { alarmAfter, type Subject } from '../../domain/quality/alarm.ts';
import { type Measure, ruleOf, type Thresholds } from '../../domain/quality/rules.ts';
import { judged, type Measured, type Share, scoreOf } from '../../domain/quality/score.ts';
import { sharesOf, type Tally } from '../../domain/reports/tally.ts';
import {
  type AlarmDoc,
  type QualityScore,
  readAlarms,
  readThresholds,
  writeAlarms,
  writeScores,
} from '../../store/reports/quality.ts';
import { countDuplicates } from '../../store/reports/quality-duplicates.ts';
import {
  type MeasuredSubject,
  measurePrograms,
  measureSources,
} from '../../store/reports/quality-measures.ts';
import { countInParts } from '../reports/count-in-parts.ts';
import { figuresOf } from '../reports/figures.ts';

type InForce = ReadonlyMap<Measure, Thresholds>;

const daysOf = (inForce: InForce, rule: Measure): number =>
  inForce.get(rule)?.days ?? ruleOf(rule).usual.days ?? 0;

/**
 * Looks at every program's subscribers and at the numbers of every source, keeps their scores, and opens and closes
 * alarms. A second look of the same day writes nothing unless something changed. Null where it was not to go on: of half
 * of what is measured the other half would seem gone, so nothing is written.
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
  const found = [...programs, ...(await measureSources(desk.store, since))];
  if (!goOn()) return null;
  const duplicates = await duplicatesOf(desk);
  const bounces = await bouncesOf(desk, daysOf(inForce, 'bounces'), goOn);
  if (bounces === null) return null;
  const scores = found.map((one) =>
    scored(one, { bounces: bounces(one.subject), ...duplicates(one) }, { inForce, now }),
  );
  const scoresWritten = await writeScores(desk.store, scores);
  return { scores: scoresWritten, ...(await raiseAlarms(desk, scores, now)) };
}

type Look = { inForce: InForce; now: Date };

function scored(
  { subject, people, measured }: MeasuredSubject,
  also: Measured,
  { inForce, now }: Look,
): QualityScore {
  const rules = judged({ ...measured, ...also }, inForce);
  const day = utcDay(now);
  return { _id: nameOf(subject), ...subject, day, people, score: scoreOf(rules), rules };
}

const nameOf = ({ kind, id }: Subject): string => `${kind} ${id}`;

/** Messages that failed for their number, of those that ended, by program and by source. Null where it is not to go on. */
async function bouncesOf(
  desk: Desk,
  days: number,
  goOn: () => boolean,
): Promise<((subject: Subject) => Share) | null> {
  const { programs } = desk.catalog.current().book;
  const until = utcDay(desk.now());
  const period = { since: dateAfter(until, 1 - days), until };
  const shares = new Map<string, Share>();
  for (const program of programs) {
    if (!goOn()) return null;
    const bounced = await figuresOf(desk, [program], period, 'bounce', countInParts);
    const sent = await figuresOf(desk, [program], period, 'source', countInParts);
    for (const [source, tally] of sent) {
      const share = { hits: endedOf(bounced.get(source)), of: endedOf(tally) };
      add(shares, nameOf({ kind: 'program', id: program.id }), share);
      add(shares, nameOf({ kind: 'source', id: source }), share);
    }
  }
  return goOn() ? (subject) => shares.get(nameOf(subject)) ?? { hits: 0, of: 0 } : null;
}

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

const endedOf = (tally: Tally | undefined): number => (tally === undefined ? 0 : sharesOf(tally).settled);

function add(shares: Map<string, Share>, key: string, { hits, of }: Share): void {
  const before = shares.get(key) ?? { hits: 0, of: 0 };
  shares.set(key, { hits: before.hits + hits, of: before.of + of });
}

async function raiseAlarms(desk: Desk, scores: readonly QualityScore[], now: Date) {
  const open = (await readAlarms(desk.store, now)).filter(({ closedAt }) => closedAt === null);
  const changed: AlarmDoc[] = [];
  for (const { kind, id, rules } of scores) {
    for (const rule of rules) {
      const before = open.find((one) => one.kind === kind && one.id === id && one.rule === rule.rule) ?? null;
      const after = alarmAfter(before, { kind, id }, rule, now);
      if (after === null || after === before) continue;
      const opened = before === null;
      changed.push({ ...after, _id: before?._id ?? alarmId(nameOf({ kind, id }), rule.rule, now) });
      if (opened) desk.log.warn({ kind, rule: rule.rule, share: rule.share }, 'a rule of quality fails');
    }
  }
  // Of who is gone, nothing fails any more.
  const gone = open.filter(({ kind, id }) => !scores.some((one) => one.kind === kind && one.id === id));
  changed.push(...gone.map((alarm) => ({ ...alarm, closedAt: now })));
  return { alarms: await writeAlarms(desk.store, changed) };
}

const alarmId = (subject: string, rule: string, at: Date): string =>
  hash('sha256', `${subject} ${rule} ${at.toISOString()}`, 'hex').slice(0, 16);
