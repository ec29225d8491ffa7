import { z } from 'zod';
import { asMarkdown, MEASURES, ruleOf } from '../domain/quality/rules.ts';
import type { Judged } from '../domain/quality/score.ts';
import {
  acknowledgeQualityAlarm,
  entryGuidelines,
  listQualityAlarms,
  listQualityRules,
  setQualityThresholds,
  showListQuality,
  showQualityRule,
} from '../reports/list-quality.ts';
import { Problem } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { iso, isoOrNull, plainLine, shape, time } from './http/shapes.ts';
import { type Forms, whole } from './http/streaming.ts';
import { whoMakes } from './reports/deliverability.ts';

const measure = z
  .enum(MEASURES, 'It must be the id of a rule, as GET /quality/rules lists it.')
  .meta({ id: 'QualityRuleId' });
const thresholds = shape('QualityThresholds', {
  warn: z.number(),
  fail: z.number(),
  days: z.number().nullable(),
});
const rule = shape('QualityRule', {
  id: measure,
  share: z.string().meta({ description: 'What the share is a share of.' }),
  better: z.enum(['higher', 'lower']),
  ...thresholds.shape,
  usual: thresholds.meta({ description: 'Where the rule warns and fails until you set it.' }),
  weight: z.number().meta({ description: 'How much the rule counts in the score.' }),
  owner: z.string().meta({ description: 'Who handles it when the rule fails.' }),
  todo: z.string(),
  source: z.string().nullable().meta({ description: 'The source of the rule. Null: our own choice.' }),
});

const ruleParams = z.strictObject({ id: measure.meta({ description: 'Id of the rule.' }) });
const ruleBody = shape('UpdateQualityRuleRequest', {
  warn: z.number().meta({ description: 'The share, from 0 to 1, from which the rule warns.' }),
  fail: z.number().meta({ description: 'The share, from 0 to 1, from which the rule fails.' }),
  days: z.int().nullable().optional().meta({
    description: 'How many days the rule looks back. Null or left out for rules that do not look back.',
  }),
});
const ruleAnswer = rule;
const rulesAnswer = shape('QualityRules', { items: z.array(rule) });

type PutRule = ApiRequest<{ params: typeof ruleParams; body: typeof ruleBody }>;

async function putRule({ context, key, params: { id }, body }: PutRule) {
  const { warn, fail, days = null } = body;
  const order = { actor: actorOf(key), id, thresholds: { warn, fail, days } };
  const errors = await setQualityThresholds(context, order);
  if (errors.length > 0) throw new Problem('unprocessable', 'Nothing was changed.', { errors });
  return shownRule(await showQualityRule(context, id));
}

function shownRule({ rule: { entry: _, usual, ...of }, thresholds: inForce }: RuleInForce) {
  return { ...of, ...inForce, usual };
}

type RuleInForce = Awaited<ReturnType<typeof showQualityRule>>;

const judgement = shape('QualityJudgement', {
  rule: measure,
  level: z.enum(['good', 'warn', 'fail', 'few']).meta({
    description:
      '`few`: the sample is too small to say anything. A share that could not be counted keeps its last value.',
  }),
  share: z.number().nullable(),
  hits: z.number(),
  sample: z.number(),
  warn: z.number(),
  fail: z.number(),
  owner: z.string(),
  todo: z.string(),
});
const subject = {
  kind: z.enum(['program', 'source']).meta({ id: 'QualitySubjectKind' }),
  id: z.string().meta({
    description: 'A program, or the source that brought the numbers, such as "form shop.example/join".',
  }),
};
const qualityAnswer = shape('Quality', {
  items: z.array(
    shape('QualityScore', {
      ...subject,
      as_of: z.iso.date().meta({ description: 'The night of the last measurement.' }),
      people: z.number(),
      score: z.number().nullable().meta({ description: '0 to 100. Null: too few people for a score.' }),
      failing: z.array(measure),
      rules: z.array(judgement),
    }),
  ),
  measured_by: z.string().meta({
    description: 'Which job measures, and when it runs next. Before its first run nothing is listed.',
  }),
  sources_left: z.number().meta({
    description:
      'How many sources were not measured. When there are more than 200, the smallest ones without an open alarm are left out.',
  }),
});

async function showQuality({ context }: ApiRequest<object>) {
  const { scores, sourcesLeft } = await showListQuality(context);
  return {
    items: scores.map(({ kind, id, day, people, score, rules }) => ({
      kind,
      id,
      as_of: day,
      people,
      score,
      failing: rules.filter(({ level }) => level === 'fail').map((rule) => rule.rule),
      rules: rules.map(shownJudgement),
    })),
    measured_by: await whoMakes(context, 'quality'),
    sources_left: sourcesLeft,
  };
}

function shownJudgement({ rule: id, level, share, hits, of, thresholds: { warn, fail } }: Judged) {
  const { owner, todo } = ruleOf(id);
  return { rule: id, level, share, hits, sample: of, warn, fail, owner, todo };
}

const alarm = shape('QualityAlarm', {
  id: z.string(),
  kind: subject.kind,
  subject: z.string(),
  rule: measure,
  share: z.number(),
  sample: z.number(),
  owner: z.string(),
  todo: z.string(),
  open_since: time,
  acknowledged: shape('AcknowledgedAlarm', { by: z.string(), at: time, note: z.string() }).nullable(),
  closed_at: time.nullable(),
});
const alarmsAnswer = shape('QualityAlarms', { items: z.array(alarm) });
const alarmAnswer = alarm;
const alarmParams = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{16}$/, 'It must be the id of an alarm, as GET /quality/alarms lists it.')
    .meta({ description: 'Id of the alarm, from GET /quality/alarms.' }),
});
const alarmBody = shape('AcknowledgeQualityAlarmRequest', {
  note: plainLine(3, 200).meta({ description: 'What is done about it; it is kept in the clear.' }),
});

function shownAlarm({ openSince, closedAt, acknowledged, ...of }: Alarm) {
  const { owner, todo } = ruleOf(of.rule);
  return {
    ...of,
    owner,
    todo,
    open_since: iso(openSince),
    acknowledged: acknowledged === null ? null : { ...acknowledged, at: iso(acknowledged.at) },
    closed_at: isoOrNull(closedAt),
  };
}

type Alarm = Awaited<ReturnType<typeof listQualityAlarms>>[number];

const guidelinesQuery = z.strictObject({
  format: z
    .enum(['json', 'markdown'])
    .optional()
    .meta({ description: 'The form of the answer. When left out, the header Accept decides.' }),
});
const guidelinesAnswer = shape('QualityGuidelines', {
  items: z.array(
    shape('QualityGuideline', {
      rule: measure,
      aim: z.string(),
      owner: z.string(),
      entry: z.array(z.string()).meta({ description: 'What to do where numbers are entered.' }),
    }),
  ),
});

async function showGuidelines({ context }: Pick<ApiRequest<object>, 'context'>) {
  const guidelines = await entryGuidelines(context);
  return { items: guidelines.map(({ entry, ...of }) => ({ ...of, entry: [...entry] })) };
}

const guidelinesForms: Forms = {
  markdown: whole('text/markdown', async (call: ApiRequest<object>) =>
    asMarkdown((await showGuidelines(call)).items),
  ),
};

const read = { method: 'get', scope: 'reports:read' } as const;

/** Standards of list quality, how well the list meets them, and what fails. */
export const QUALITY_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    ...read,
    path: '/quality',
    id: 'getQuality',
    returns: 'The quality of each program and source, and which job measures it.',
    summary:
      'Show the quality of each program and source: the score, the numbers behind it, and the rules that fail.',
    answer: qualityAnswer,
    handle: showQuality,
  }),
  defineRoute({
    ...read,
    path: '/quality/rules',
    id: 'listQualityRules',
    returns: 'All rules of quality.',
    summary: 'List the rules of quality, where each of them warns and fails, and what to do then.',
    answer: rulesAnswer,
    handle: async ({ context }) => ({ items: (await listQualityRules(context)).map(shownRule) }),
  }),
  defineRoute({
    ...read,
    path: '/quality/rules/{id}',
    id: 'getQualityRule',
    returns: 'The rule of quality.',
    summary: 'Show a rule of quality.',
    params: ruleParams,
    answer: ruleAnswer,
    handle: async ({ context, params }) => shownRule(await showQualityRule(context, params.id)),
  }),
  defineRoute({
    method: 'put',
    path: '/quality/rules/{id}',
    id: 'updateQualityRule',
    returns: 'The rule as it was saved.',
    scope: 'programs:write',
    summary: 'Set where a rule of quality warns and fails.',
    params: ruleParams,
    body: ruleBody,
    answer: ruleAnswer,
    handle: putRule,
  }),
  defineRoute({
    ...read,
    path: '/quality/alarms',
    id: 'listQualityAlarms',
    returns: 'The open alarms, and those that were closed lately.',
    summary: 'List the rules that fail, since when, and who handles them.',
    answer: alarmsAnswer,
    handle: async ({ context }) => ({ items: (await listQualityAlarms(context)).map(shownAlarm) }),
  }),
  defineRoute({
    method: 'post',
    path: '/quality/alarms/{id}/acknowledge',
    id: 'acknowledgeQualityAlarm',
    returns: 'The alarm with the note.',
    scope: 'programs:write',
    summary: 'Note that somebody handles an alarm.',
    params: alarmParams,
    body: alarmBody,
    answer: alarmAnswer,
    problems: ['not-found'],
    handle: async ({ context, key, params, body }) => {
      const found = await acknowledgeQualityAlarm(context, {
        actor: actorOf(key),
        id: params.id,
        note: body.note,
      });
      if (found === null) throw new Problem('not-found', 'There is no open alarm of this id.');
      return shownAlarm(found);
    },
  }),
  defineRoute({
    ...read,
    path: '/quality/guidelines',
    id: 'getQualityGuidelines',
    returns: 'What to ask where numbers are entered, rule by rule.',
    summary: 'Show what to ask where numbers are entered, and how to write it.',
    query: guidelinesQuery,
    answer: guidelinesAnswer,
    forms: guidelinesForms,
    handle: showGuidelines,
  }),
];
