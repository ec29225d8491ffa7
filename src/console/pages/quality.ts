import { z } from 'zod';
import { plainLine } from '../../api/http/shapes.ts';
import { may } from '../../domain/access/permissions.ts';
import { dayWords, showTime } from '../../domain/console-time.ts';
import { faultsIn, MEASURES, type Measure, type QualityRule, ruleOf } from '../../domain/quality/rules.ts';
import type { Judged, QualitySubject, ScoreLevel } from '../../domain/quality/score.ts';
import { listIncidents } from '../../receipts/incidents.ts';
import { readUnknownCodes } from '../../receipts/unknown-codes.ts';
import {
  acknowledgeQualityAlarm,
  listQualityAlarms,
  listQualityRules,
  setQualityThresholds,
  showListQuality,
  showQualityRule,
} from '../../reports/list-quality.ts';
import { fromNow } from '../from-now.ts';
import { definePage, orWithout, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { findingOf, nameOf, percent, RULE_WORDS } from './quality-words.ts';
import { byAndAt, FRESH, type Shown, typedIn } from './queue.ts';

const LEVELS: Readonly<Record<ScoreLevel, { sign: string; word: string }>> = {
  good: { sign: 'good', word: 'Good' },
  warn: { sign: 'wait', word: 'Warns' },
  fail: { sign: 'stop', word: 'Fails' },
  few: { sign: 'off', word: 'Too few' },
};

const asTypedPercent = (share: number): string => String(Number((100 * share).toPrecision(4)));

/** A limit as it was typed: "2.25 %". */
const exactPercent = (share: number): string => `${asTypedPercent(share)} %`;

const figure = (count: number): string => count.toLocaleString('en-US');

const inFront = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);

type Alarm = Awaited<ReturnType<typeof listQualityAlarms>>[number];

type Score = Awaited<ReturnType<typeof showListQuality>>['scores'][number];

const deadNumbersOf = ({ rules }: Score): Judged | undefined => rules.find(({ rule }) => rule === 'bounces');

/** A source of which enough messages ended. `share`: those that failed because of the number. */
type Brought = Pick<Judged, 'hits' | 'of' | 'level' | 'thresholds'> & { name: string; share: number };

/** Sources by their share of dead numbers, the worst first. */
function broughtBy(call: PageCall, scores: readonly Score[]): Brought[] {
  return scores
    .flatMap((score): Brought[] => {
      const dead = deadNumbersOf(score);
      if (score.kind !== 'source' || dead === undefined || dead.share === null || dead.level === 'few')
        return [];
      return [{ ...dead, share: dead.share, name: nameOf(call, score) }];
    })
    .sort((a, b) => b.share - a.share);
}

/** Below this many times the difference says little. */
const LEAST_TIMES = 1.5;

const shareWords = ({ share, hits, of }: Brought): string =>
  `${percent(share)} (${figure(hits)} of ${figure(of)})`;

/** Which source brings bad numbers, compared with the other source to which most messages went. */
function answerOf(call: PageCall, scores: readonly Score[], open: number) {
  const { t } = call;
  if (scores.length === 0)
    return {
      ...{ sign: 'off', sentence: t('Nothing has been measured yet.') },
      cause: t('The job quality measures the list every night.'),
    };
  const [worst, ...others] = broughtBy(call, scores);
  if (worst === undefined)
    return {
      ...{ sign: 'off', sentence: t('No source has had enough messages to be judged.') },
      cause: t('A source is judged by 30 messages that ended, or more.'),
    };
  if (worst.level !== 'good') return worstAnswer(call, worst, others);
  const values = { worst: worst.name, share: shareWords(worst), warn: exactPercent(worst.thresholds.warn) };
  const cause = t(
    'The most has {worst}: {share} of the messages failed because of the number; the rule warns above {warn}.',
    values,
  );
  if (open === 0) return { sign: 'good', sentence: t('No source brings too many dead numbers.'), cause };
  const many =
    'No source brings too many dead numbers, but 1 alarm is open. || No source brings too many dead numbers, but {count} alarms are open.';
  return { sign: 'wait', sentence: t(many, { count: open }), cause };
}

function worstAnswer({ t }: PageCall, worst: Brought, others: readonly Brought[]) {
  const sign = LEVELS[worst.level].sign;
  const [other] = [...others].sort((a, b) => b.of - a.of);
  const compared = t('Compared: the share of messages that failed because of the number.');
  if (other === undefined || (other.share > 0 && worst.share / other.share < LEAST_TIMES)) {
    const words = '{share} of the messages to numbers from {worst} failed because of the number.';
    const cause = t('The rule warns above {warn} and fails above {fail}.', {
      warn: exactPercent(worst.thresholds.warn),
      fail: exactPercent(worst.thresholds.fail),
    });
    return { sign, sentence: t(words, { share: shareWords(worst), worst: worst.name }), cause };
  }
  const values = { worst: inFront(worst.name), other: other.name };
  const shares = t('{worst}: {worstShare}. {other}: {otherShare}.', {
    ...{ worst: inFront(worst.name), worstShare: shareWords(worst) },
    ...{ other: inFront(other.name), otherShare: shareWords(other) },
  });
  if (other.share === 0)
    return {
      sign,
      sentence: t('{worst} brings dead numbers, {other} brings none.', values),
      cause: `${compared} ${shares}`,
    };
  const times = Number((worst.share / other.share).toPrecision(2));
  const sentence = t('{worst} brings {times} times as many dead numbers as {other}.', { ...values, times });
  return { sign, sentence, cause: `${compared} ${shares}` };
}

function shownScore(call: PageCall, score: Score) {
  const dead = deadNumbersOf(score);
  const level = LEVELS[dead?.level ?? 'few'];
  const failing = score.rules.filter(({ level, rule }) => level === 'fail' && rule !== 'bounces');
  return {
    name: inFront(nameOf(call, score)),
    people: figure(score.people),
    score: score.score ?? call.t('too few'),
    dead: {
      ...{ sign: level.sign, word: call.t(level.word) },
      share: dead === undefined || dead.share === null ? null : percent(dead.share),
      sample: dead === undefined ? '' : `${figure(dead.hits)} of ${figure(dead.of)}`,
    },
    failing: failing
      .map(({ rule, share }) => `${call.t(RULE_WORDS[rule].name)} ${percent(share ?? 0)}`)
      .join(', '),
  };
}

function alarmState(call: PageCall, { closedAt, acknowledged }: Alarm) {
  const { t } = call;
  if (closedAt !== null) return { sign: 'off', word: t('Closed') };
  if (acknowledged === null) return { sign: 'stop', word: t('Open') };
  return { sign: 'wait', word: t('{name} is on it', { name: byAndAt(call, acknowledged).name }) };
}

function shownAlarm(call: PageCall, alarm: Alarm) {
  const { context, viewer, t } = call;
  const time = (at: Date): string => showTime(at, viewer.zone, viewer.language);
  const { rule, openSince, closedAt } = alarm;
  return {
    ...{ id: alarm.id, rule, ruleName: t(RULE_WORDS[rule].name), owner: ruleOf(rule).owner },
    finding: `${findingOf(call, alarm)}.`,
    todo: t(RULE_WORDS[rule].todo),
    state: alarmState(call, alarm),
    since: time(openSince),
    ago: fromNow(openSince, context.now(), viewer.language),
    closedAt: closedAt === null ? null : time(closedAt),
    sample: figure(alarm.sample),
    isOfMessages: rule === 'bounces',
    taken:
      alarm.acknowledged === null
        ? null
        : { ...byAndAt(call, alarm.acknowledged), note: alarm.acknowledged.note },
  };
}

/** The period of a rule, or a dash for a rule that does not look back. */
const daysWords = ({ t }: Pick<PageCall, 't'>, days: number | null): string =>
  days === null ? '–' : t('1 day || {count} days', { count: days });

/** The subjects that need somebody stand first. */
const WORST_FIRST: readonly ScoreLevel[] = ['fail', 'warn', 'good', 'few'];

const worseFirst = (a: Score, b: Score): number =>
  rankOf(a) - rankOf(b) || (deadNumbersOf(b)?.share ?? 0) - (deadNumbersOf(a)?.share ?? 0);

const rankOf = (score: Score): number => WORST_FIRST.indexOf(deadNumbersOf(score)?.level ?? 'few');

type RuleInForce = Awaited<ReturnType<typeof showQualityRule>>;

const limitWords = ({ t }: Pick<PageCall, 't'>, { better }: QualityRule, share: number): string =>
  t(better === 'higher' ? 'below {share}' : 'above {share}', { share: exactPercent(share) });

function shownRule(call: PageCall, { rule, thresholds }: RuleInForce) {
  const { t } = call;
  const { warn, fail, days } = rule.usual;
  const usual = { warn: limitWords(call, rule, warn), fail: limitWords(call, rule, fail) };
  return {
    ...{
      id: rule.id,
      name: t(RULE_WORDS[rule.id].name),
      share: t(rule.share),
      todo: t(RULE_WORDS[rule.id].todo),
    },
    warn: limitWords(call, rule, thresholds.warn),
    fail: limitWords(call, rule, thresholds.fail),
    days: daysWords(call, thresholds.days),
    usual:
      days === null
        ? t('warns {warn}, fails {fail}', usual)
        : t('warns {warn}, fails {fail}, looks {days} back', { ...usual, days: daysWords(call, days) }),
    isUsual: isSame(thresholds, rule.usual),
    hasDays: days !== null,
  };
}

const isSame = (a: RuleInForce['thresholds'], b: RuleInForce['thresholds']): boolean =>
  a.warn === b.warn && a.fail === b.fail && a.days === b.days;

/** Incidents that the door counts; more are "200+". */
const MOST_COUNTED = 200;

/** The doors to incidents and codes. A count that could not be read is a dash. */
async function doorsOf(call: PageCall) {
  const { context, t } = call;
  const [incidents, codes] = await Promise.all([
    orWithout(call, listIncidents(context, { after: null, limit: MOST_COUNTED }), null),
    orWithout(call, readUnknownCodes(context), null),
  ]);
  const waiting = codes?.filter(({ classed }) => classed === null).length ?? null;
  const found = incidents?.items.length ?? null;
  const going = incidents?.items.filter(({ closedAt }) => closedAt === null).length ?? 0;
  return [
    {
      href: '/console/incidents',
      value: found === null ? '–' : `${found}${incidents?.next ? '+' : ''}`,
      label: t('incident in 62 days || incidents in 62 days', { count: found ?? 0 }),
      more: going === 0 ? t('none goes on') : t('1 goes on || {count} go on', { count: going }),
    },
    {
      href: '/console/codes',
      value: waiting === null ? '–' : String(waiting),
      label: t('error code nobody knows || error codes nobody knows', { count: waiting ?? 0 }),
      more: t('of the last 90 days'),
    },
  ];
}

const overview = definePage({
  method: 'get',
  path: '/quality',
  permission: 'reports:read',
  handle: async (call) => {
    const { context, t, show } = call;
    const [{ scores, sourcesLeft }, alarms, rules, doors] = await Promise.all([
      showListQuality(context),
      listQualityAlarms(context),
      listQualityRules(context),
      doorsOf(call),
    ]);
    const open = alarms.filter(({ closedAt }) => closedAt === null);
    const closed = alarms.filter(({ closedAt }) => closedAt !== null);
    const of = (kind: QualitySubject['kind']) =>
      scores
        .filter((score) => score.kind === kind)
        .sort(worseFirst)
        .map((score) => shownScore(call, score));
    const [last] = scores
      .map(({ day }) => day)
      .sort()
      .reverse();
    await show('setup/quality', {
      title: t('Quality'),
      answer: answerOf(call, scores, open.length),
      doors,
      open: open.map((alarm) => shownAlarm(call, alarm)),
      closed: closed.map((alarm) => shownAlarm(call, alarm)),
      groups: [
        { id: 'sources', caption: t('Sources'), head: t('Source'), rows: of('source') },
        { id: 'programs', caption: t('Programs'), head: t('Program'), rows: of('program') },
      ].filter(({ rows }) => rows.length > 0),
      measured: last === undefined ? null : t('Measured on {day} (UTC).', { day: dayWords(last) }),
      left:
        sourcesLeft === 0
          ? ''
          : t('1 small source was not measured. || {count} small sources were not measured.', {
              count: sourcesLeft,
            }),
      rules: rules.map((rule) => shownRule(call, rule)),
    });
  },
});

const nothingHere = ({ show, t }: PageCall): Promise<void> =>
  show('not-found', { title: t('Nothing is here') }, 404);

async function showAlarm(call: PageCall, { typed, fault, status }: Shown = FRESH): Promise<void> {
  const { context, request, show, t, viewer } = call;
  const found = (await listQualityAlarms(context)).find(({ id }) => id === request.params.id);
  if (found === undefined) return nothingHere(call);
  const { rule, thresholds } = await showQualityRule(context, found.rule);
  const alarm = shownAlarm(call, found);
  await show(
    'setup/quality-alarm',
    {
      title: t('Alarm: {rule}', { rule: alarm.ruleName }),
      ...{ alarm, typed, fault },
      limit: limitWords(call, rule, thresholds.fail),
      mayManage: may(viewer.role, 'programs:write'),
    },
    status,
  );
}

const alarmPage = definePage({
  method: 'get',
  path: '/quality/alarms/:id',
  permission: 'reports:read',
  handle: (call) => showAlarm(call),
});

const noteForm = z.object({ note: z.string().trim().pipe(plainLine(3, 200)) });

const acknowledge = definePage({
  method: 'post',
  path: '/quality/alarms/:id/acknowledge',
  permission: 'programs:write',
  handle: async (call) => {
    const { context, request, viewer, t, go } = call;
    const id = String(request.params.id);
    const { data } = noteForm.safeParse(request.body);
    if (data === undefined) {
      const fault = t('Say what you do, in one line of 3 to 200 letters, without a phone number.');
      return showAlarm(call, { typed: typedIn(call), fault, status: 422 });
    }
    const found = await acknowledgeQualityAlarm(context, { actor: actorOf(viewer), id, note: data.note });
    if (found === null) {
      const fault = t('It has closed by itself meanwhile. There is nothing to take on.');
      return showAlarm(call, { typed: typedIn(call), fault, status: 422 });
    }
    const text = t('You are on it. The alarm closes by itself once the rule no longer fails.');
    go(`/console/quality/alarms/${id}`, { kind: 'good', text });
  },
});

const measureOf = ({ request }: PageCall): Measure | undefined =>
  MEASURES.find((measure) => measure === request.params.id);

/** The limits as the form has them. They also tell whether somebody changed them since the form was opened. */
const asForm = ({ warn, fail, days }: RuleInForce['thresholds']) => ({
  ...{ warn: asTypedPercent(warn), fail: asTypedPercent(fail), days: days === null ? '' : String(days) },
  was: [warn, fail, days].join(' '),
});

async function showRule(call: PageCall, { typed, fault, field, status }: Shown = FRESH): Promise<void> {
  const { context, show, t, viewer } = call;
  const id = measureOf(call);
  if (id === undefined) return nothingHere(call);
  const found = await showQualityRule(context, id);
  await show(
    'setup/quality-rule',
    {
      title: t('Rule: {name}', { name: t(RULE_WORDS[id].name) }),
      rule: shownRule(call, found),
      typed: { ...asForm(found.thresholds), ...typed, was: asForm(found.thresholds).was },
      ...{ fault, field: field ?? 'warn' },
      fields: [
        ['warn', t('Warns at, in percent')],
        ['fail', t('Fails at, in percent')],
        ...(found.rule.usual.days === null ? [] : [['days', t('Looks back, in days')]]),
      ],
      mayManage: may(viewer.role, 'programs:write'),
    },
    status,
  );
}

const rulePage = definePage({
  method: 'get',
  path: '/quality/rules/:id',
  permission: 'reports:read',
  handle: (call) => showRule(call),
});

const PERCENT = /^(?:100|\d{1,2}(?:\.\d{1,2})?)$/;

/** A percentage as people type it, "5" or "5 %", as a share. Null where it is none. */
function readShare(text: string): number | null {
  const plain = text.replace('%', '').trim();
  return PERCENT.test(plain) ? Number((Number(plain) / 100).toFixed(4)) : null;
}

type Limits = { thresholds: RuleInForce['thresholds'] } | { field: string; fault: string };

function readLimits({ t, request }: PageCall, rule: QualityRule): Limits {
  const typed = typedIn({ request });
  const [warn, fail] = [readShare(typed.warn ?? ''), readShare(typed.fail ?? '')];
  const noPercent = t('Type a percentage from 0 to 100, with two places at most.');
  if (warn === null) return { field: 'warn', fault: noPercent };
  if (fail === null) return { field: 'fail', fault: noPercent };
  const days = rule.usual.days === null ? null : Number(/^\d{1,4}$/.exec((typed.days ?? '').trim())?.[0]);
  const [fault] = faultsIn(rule, { warn, fail, days });
  if (fault === undefined) return { thresholds: { warn, fail, days } };
  if (fault.field === 'days')
    return { field: 'days', fault: t('Type a whole number of days from 1 to 1,095.') };
  const words =
    rule.better === 'higher'
      ? t('It must fail at a lower share than it warns at: less is worse here.')
      : t('It must fail at a higher share than it warns at: more is worse here.');
  return { field: 'fail', fault: words };
}

const setRule = definePage({
  method: 'post',
  path: '/quality/rules/:id',
  permission: 'programs:write',
  handle: async (call) => {
    const { context, viewer, t, go } = call;
    const id = measureOf(call);
    if (id === undefined) return nothingHere(call);
    const typed = typedIn(call);
    const found = await showQualityRule(context, id);
    const read = readLimits(call, found.rule);
    if ('fault' in read) return showRule(call, { typed, ...read, status: 422 });
    if (typed.was !== asForm(found.thresholds).was) {
      const fault = t('Somebody changed it meanwhile. Look at it again, then save.');
      return showRule(call, { typed, fault, status: 422 });
    }
    await setQualityThresholds(context, { actor: actorOf(viewer), id, thresholds: read.thresholds });
    const text = t('Saved. The next night judges by these limits.');
    go(`/console/quality/rules/${id}`, { kind: 'good', text });
  },
});

/** How good the numbers of each source and program are, what fails, and where each rule warns and fails. */
export const QUALITY_PAGES = [overview, alarmPage, acknowledge, rulePage, setRule];
