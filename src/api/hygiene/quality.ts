import { z } from 'zod';
import { DAY_MS } from '../../domain/durations.ts';
import { asMarkdown, guidelinesOf } from '../../domain/quality/guidelines.ts';
import {
  faultsIn,
  MEASURES,
  type Measure,
  QUALITY_RULES,
  type QualityRule,
  ruleOf,
  type Thresholds,
} from '../../domain/quality/rules.ts';
import type { Judged } from '../../domain/quality/score.ts';
import { countBouncesAnew } from '../../receipts/quality/count-bounces-anew.ts';
import {
  type AlarmDoc,
  acknowledgeAlarm,
  readAlarms,
  readScores,
  readSourcesLeft,
  readThresholds,
  writeThresholds,
} from '../../store/reports/quality.ts';
import { iso, isoOrNull, plainLine, time } from '../fields.ts';
import { type Forms, whole } from '../forms.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';

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

export const ruleParams = z.strictObject({ id: measure });
export const ruleBody = z.strictObject({
  warn: z.number().meta({ description: 'A share from 0 to 1 from which the rule warns.' }),
  fail: z.number(),
  days: z.int().optional().meta({ description: 'How far back it looks, of rules that do.' }),
});
export const ruleAnswer = rule;
export const rulesAnswer = z.strictObject({ items: z.array(rule) });

export async function listRules({ desk }: Call<object>) {
  const inForce = await readThresholds(desk.store);
  return { items: QUALITY_RULES.map((one) => shownRule(one, inForce)) };
}

type OfRule = Call<{ params: typeof ruleParams }>;

export async function showRule({ desk, params }: OfRule) {
  return shownRule(ruleOf(params.id), await readThresholds(desk.store));
}

/** Sets where a rule warns and fails; it holds from the next look on. */
export async function putRule({ desk, key, params, body }: OfRule & Call<{ body: typeof ruleBody }>) {
  const of = ruleOf(params.id);
  const { warn, fail, days = null } = body;
  const errors = faultsIn(of, { warn, fail, days });
  if (errors.length > 0) throw new Problem('unprocessable', 'Nothing was changed.', { errors });
  const before = (await readThresholds(desk.store)).get(of.id) ?? of.usual;
  // Before it is set: asked again, it would have been so before.
  if (of.id === 'bounces' && days !== null && days > (before.days ?? 0)) await countBouncesAnew(desk, days);
  await writeThresholds(desk.store, of.id, { warn, fail, days }, desk.now());
  desk.log.info({ key: key.id, rule: of.id, warn, fail, days }, 'thresholds of quality were set');
  return showRule({ desk, params } as OfRule);
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
export const qualityAnswer = z.strictObject({
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

/** Scores of programs and sources as of the last night, the numbers behind them, and which rules fail. */
export async function showQuality({ desk }: Call<object>) {
  const scores = await readScores(desk.store);
  return {
    items: scores.map(({ kind, id, day, people, score, rules }) => ({
      kind,
      id,
      as_of: day,
      people,
      score,
      failing: rules.filter(({ level }) => level === 'fail').map((one) => one.rule),
      rules: rules.map(shownJudgement),
    })),
    sources_left: await readSourcesLeft(desk.store),
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
export const alarmsAnswer = z.strictObject({ items: z.array(alarm) });
export const alarmAnswer = alarm;
export const alarmParams = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/, 'It is not the id of an alarm; GET /quality/alarms lists them.'),
});
export const alarmBody = z.strictObject({ note: plainLine(3, 200) });

const CLOSED_DAYS = 30;

/** Open alarms, and those that closed in the last thirty days. */
export async function listAlarms({ desk }: Call<object>) {
  const since = new Date(desk.now().getTime() - CLOSED_DAYS * DAY_MS);
  return { items: (await readAlarms(desk.store, since)).map(shownAlarm) };
}

type Acknowledge = Call<{ params: typeof alarmParams; body: typeof alarmBody }>;

/** Notes who sees to an alarm. It closes by itself once its rule is seen to fail no longer, or too few are left to tell. */
export async function acknowledge({ desk, key, params, body }: Acknowledge) {
  const noted = { by: `key:${key.id}`, at: desk.now(), note: body.note };
  const found = await acknowledgeAlarm(desk.store, params.id, noted);
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

export const guidelinesQuery = z.strictObject({ format: z.enum(['json', 'markdown']).optional() });
export const guidelinesAnswer = z.strictObject({
  items: z.array(
    z.strictObject({ rule: measure, aim: z.string(), owner: z.string(), entry: z.array(z.string()) }),
  ),
});

/** What to ask, and how to write it, where numbers are entered. */
export async function showGuidelines({ desk }: Pick<Call<object>, 'desk'>) {
  const guidelines = guidelinesOf(await readThresholds(desk.store));
  return { items: guidelines.map(({ entry, ...of }) => ({ ...of, entry: [...entry] })) };
}

export const guidelinesForms: Forms = {
  markdown: whole('text/markdown', async (call: Call<object>) =>
    asMarkdown((await showGuidelines(call)).items),
  ),
};
