import { z } from 'zod';
import { DAY_MS } from '../domain/durations.ts';
import {
  asMarkdown,
  faultsIn,
  guidelinesOf,
  MEASURES,
  type Measure,
  QUALITY_RULES,
  type QualityRule,
  ruleOf,
  type Thresholds,
} from '../domain/quality/rules.ts';
import type { Judged } from '../domain/quality/score.ts';
import { countBouncesAnew } from '../reports/list-quality.ts';
import {
  type AlarmDoc,
  acknowledgeAlarm,
  readAlarms,
  readScores,
  readSourcesLeft,
  readThresholds,
  writeThresholds,
} from '../store/reports/quality.ts';
import { Problem } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from './http/route.ts';
import { iso, isoOrNull, plainLine, time } from './http/shapes.ts';
import { type Forms, whole } from './http/streaming.ts';

const measure = z.enum(MEASURES, 'There is no such rule; GET /quality/rules lists them.');
const thresholds = z.strictObject({ warn: z.number(), fail: z.number(), days: z.number().nullable() });
const rule = z.strictObject({
  id: measure,
  share: z.string().meta({ description: 'What its share is of.' }),
  better: z.enum(['higher', 'lower']),
  ...thresholds.shape,
  usual: thresholds,
  weight: z.number(),
  owner: z.string(),
  todo: z.string(),
  source: z.string().nullable().meta({ description: 'Null: a choice of ours.' }),
});

const ruleParams = z.strictObject({ id: measure });
const ruleBody = z.strictObject({
  warn: z.number().meta({ description: 'A share from 0 to 1 from which the rule warns.' }),
  fail: z.number(),
  days: z.int().optional().meta({ description: 'How far back it looks, of rules that do.' }),
});
const ruleAnswer = rule;
const rulesAnswer = z.strictObject({ items: z.array(rule) });

async function listRules({ context }: ApiRequest<object>) {
  const inForce = await readThresholds(context.store);
  return { items: QUALITY_RULES.map((qualityRule) => shownRule(qualityRule, inForce)) };
}

type OfRule = ApiRequest<{ params: typeof ruleParams }>;

async function showRule({ context, params }: OfRule) {
  return shownRule(ruleOf(params.id), await readThresholds(context.store));
}

/** Sets where a rule warns and fails. Takes effect at the next evaluation. */
async function putRule({ context, key, params, body }: OfRule & ApiRequest<{ body: typeof ruleBody }>) {
  const of = ruleOf(params.id);
  const { warn, fail, days = null } = body;
  const errors = faultsIn(of, { warn, fail, days });
  if (errors.length > 0) throw new Problem('unprocessable', 'Nothing was changed.', { errors });
  const before = (await readThresholds(context.store)).get(of.id) ?? of.usual;
  // Runs before the rule is written: if the rule were written first and this failed, a repeated request would find
  // no change and skip it.
  if (of.id === 'bounces' && days !== null && days > (before.days ?? 0))
    await countBouncesAnew(context, days);
  await writeThresholds(context.store, of.id, { warn, fail, days }, context.now());
  context.log.info({ key: key.id, rule: of.id, warn, fail, days }, 'thresholds of quality were set');
  return showRule({ context, params } as OfRule);
}

function shownRule({ entry: _, usual, ...of }: QualityRule, inForce: ReadonlyMap<Measure, Thresholds>) {
  return { ...of, ...(inForce.get(of.id) ?? usual), usual };
}

const judgement = z.strictObject({
  rule: measure,
  level: z.enum(['good', 'warn', 'fail', 'few']).meta({
    description: '`few`: the sample says nothing. What could not be counted is as it was told last.',
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
  kind: z.enum(['program', 'source']),
  id: z.string().meta({ description: 'A program, or what brought the number: "form shop.example/join".' }),
};
const qualityAnswer = z.strictObject({
  items: z.array(
    z.strictObject({
      ...subject,
      as_of: z.iso.date().meta({ description: 'The night on which it was looked at last.' }),
      people: z.number(),
      score: z.number().nullable().meta({ description: '0 to 100; null: too few people to say.' }),
      failing: z.array(measure),
      rules: z.array(judgement),
    }),
  ),
  sources_left: z.number().meta({
    description:
      'Sources that were not looked at: the smallest, where there are more than 200, and no alarm of theirs is open.',
  }),
});

/** Scores of programs and sources as of last night, the numbers behind them, and the failing rules. */
async function showQuality({ context }: ApiRequest<object>) {
  const scores = await readScores(context.store);
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
    sources_left: await readSourcesLeft(context.store),
  };
}

function shownJudgement({ rule: id, level, share, hits, of, thresholds: { warn, fail } }: Judged) {
  const { owner, todo } = ruleOf(id);
  return { rule: id, level, share, hits, sample: of, warn, fail, owner, todo };
}

const alarm = z.strictObject({
  id: z.string(),
  kind: subject.kind,
  subject: z.string(),
  rule: measure,
  share: z.number(),
  sample: z.number(),
  owner: z.string(),
  todo: z.string(),
  open_since: time,
  acknowledged: z.strictObject({ by: z.string(), at: time, note: z.string() }).nullable(),
  closed_at: time.nullable(),
});
const alarmsAnswer = z.strictObject({ items: z.array(alarm) });
const alarmAnswer = alarm;
const alarmParams = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/, 'It is not the id of an alarm; GET /quality/alarms lists them.'),
});
const alarmBody = z.strictObject({ note: plainLine(3, 200) });

const CLOSED_DAYS = 30;

/** Open alarms, and those that closed in the last thirty days. */
async function listAlarms({ context }: ApiRequest<object>) {
  const since = new Date(context.now().getTime() - CLOSED_DAYS * DAY_MS);
  return { items: (await readAlarms(context.store, since)).map(shownAlarm) };
}

type Acknowledge = ApiRequest<{ params: typeof alarmParams; body: typeof alarmBody }>;

/**
 * Notes who handles an alarm. An alarm closes by itself once its rule no longer fails, or its sample is too small.
 */
async function acknowledge({ context, key, params, body }: Acknowledge) {
  const noted = { by: `key:${key.id}`, at: context.now(), note: body.note };
  const found = await acknowledgeAlarm(context.store, params.id, noted);
  if (found === null) throw new Problem('not-found', 'There is no open alarm of this id.');
  return shownAlarm(found);
}

function shownAlarm({ _id, id, openSince, failedAt: _, closedAt, acknowledged, ...of }: AlarmDoc) {
  const { owner, todo } = ruleOf(of.rule);
  return {
    ...of,
    id: _id,
    subject: id,
    owner,
    todo,
    open_since: iso(openSince),
    acknowledged: acknowledged === null ? null : { ...acknowledged, at: iso(acknowledged.at) },
    closed_at: isoOrNull(closedAt),
  };
}

const guidelinesQuery = z.strictObject({ format: z.enum(['json', 'markdown']).optional() });
const guidelinesAnswer = z.strictObject({
  items: z.array(
    z.strictObject({ rule: measure, aim: z.string(), owner: z.string(), entry: z.array(z.string()) }),
  ),
});

/** What to ask where numbers are entered, and how to write it. */
async function showGuidelines({ context }: Pick<ApiRequest<object>, 'context'>) {
  const guidelines = guidelinesOf(await readThresholds(context.store));
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
    summary: 'Show the quality of each program and source: a score, the numbers behind it, what fails.',
    answer: qualityAnswer,
    handle: showQuality,
  }),
  defineRoute({
    ...read,
    path: '/quality/rules',
    summary: 'List the rules of quality, with where each warns and fails, and what to do.',
    answer: rulesAnswer,
    handle: listRules,
  }),
  defineRoute({
    ...read,
    path: '/quality/rules/{id}',
    summary: 'Show a rule of quality.',
    params: ruleParams,
    answer: ruleAnswer,
    handle: showRule,
  }),
  defineRoute({
    method: 'put',
    path: '/quality/rules/{id}',
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
    summary: 'List the rules that fail, since when, and who sees to it.',
    answer: alarmsAnswer,
    handle: listAlarms,
  }),
  defineRoute({
    method: 'post',
    path: '/quality/alarms/{id}/acknowledge',
    scope: 'programs:write',
    summary: 'Note that somebody sees to an alarm.',
    params: alarmParams,
    body: alarmBody,
    answer: alarmAnswer,
    problems: ['not-found'],
    handle: acknowledge,
  }),
  defineRoute({
    ...read,
    path: '/quality/guidelines',
    summary: 'Tell what to ask, and how to write it, where numbers are entered.',
    query: guidelinesQuery,
    answer: guidelinesAnswer,
    forms: guidelinesForms,
    handle: showGuidelines,
  }),
];
