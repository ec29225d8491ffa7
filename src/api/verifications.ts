import { z } from 'zod';
import type { DoorVerdict } from '../contacts/lookup.ts';
import {
  listVerifications,
  saveVerificationRules,
  showVerification,
  showVerificationRules,
  stopVerification,
  verifyPeople,
} from '../contacts/verification.ts';
import { readMicros, written } from '../domain/campaigns/cost.ts';
import {
  DOORS,
  type Door,
  LEAST_DAYS_TO_NEW_HOLDER,
  LINE_TYPES,
  NUMBER_REFUSALS,
  type NumberFacts,
  type NumberRefusal,
  REFUSED_LINES,
  type ReassignedFact,
  UNKNOWNS,
  type Unknown,
  USUAL_VERIFICATION,
  type VerificationRules,
} from '../domain/hygiene/number-verification.ts';
import { resolveTree } from '../segments/segments.ts';
import { decimal } from './campaign-settings.ts';
import { Problem } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { count, iso, isoOrNull, page, paging, plainPage, shape, time } from './http/shapes.ts';
import { refusalOfSegment, tree } from './segments.ts';

const ID = /^v_[0-9a-z]{9}[0-9a-f]{12}$/;

const verificationParams = z.strictObject({
  id: z
    .string()
    .regex(ID, 'It must be the id of a verification, as GET /verifications lists it.')
    .meta({ description: 'The id of a verification.', examples: ['v_0mi4x2k7pa1b2c3d4e5f6'] }),
});
const verificationBody = shape('StartVerificationRequest', {
  segment: tree
    .optional()
    .meta({ description: 'The people whose numbers are verified. When absent: everybody.' }),
  not_verified_days: z.int().min(1).max(366).optional().meta({
    description:
      'People who were verified within so many days are left out. When absent: the days for which an answer is good.',
  }),
});

const unknown = shape('UnknownLineReason', {
  code: z.enum(Object.keys(UNKNOWNS) as [Unknown, ...Unknown[]]),
  sentence: z.string(),
})
  .nullable()
  .meta({ description: 'Why the carrier did not say more; null when the answer is complete.' });

const verificationAnswer = shape('Verification', {
  id: z.string(),
  state: z.enum(['running', 'waiting', 'done', 'canceled']).meta({ id: 'VerificationState' }),
  waits_for: unknown.meta({ description: 'Why the run waits. It continues by itself.' }),
  people: count.nullable().meta({
    description: 'Number of people in the segment when the run began; null when counting took too long.',
  }),
  looked_at: count,
  asked: count.meta({
    description:
      'Number of questions to Lookup. The other people had an answer that is still good, or got no answer.',
  }),
  refused: count.meta({
    description: 'Number of people whose number takes no texts. Their consent was ended.',
  }),
  outcomes: z
    .record(z.string(), count)
    .meta({ description: 'People by type of line, the most frequent first.' }),
  answers_older_than: time.meta({ description: 'Numbers with an older answer are asked about again.' }),
  created_at: time,
  ended_at: time.nullable(),
  why: z
    .string()
    .nullable()
    .meta({ description: 'Why the run was canceled; null when somebody asked for that.' }),
});

type Verification = NonNullable<Awaited<ReturnType<typeof showVerification>>>;

const shownRun = (run: Verification): z.input<typeof verificationAnswer> => ({
  id: run.id,
  state: run.state,
  waits_for: shownUnknown(run.waitsFor),
  people: run.people,
  looked_at: run.lookedAt,
  asked: run.asked,
  refused: run.refused,
  outcomes: Object.fromEntries(run.outcomes),
  answers_older_than: iso(run.since),
  created_at: iso(run.createdAt),
  ended_at: isoOrNull(run.endedAt),
  why: run.why,
});

/** Throws a `Problem` when there is no such run. */
function shownIfFound(run: Verification | null) {
  if (run === null) throw new Problem('not-found', 'There is no verification of this id.');
  return shownRun(run);
}

/** Starts a run. A job asks, batch by batch, as far as the budget allows. */
async function beginVerification({ context, key, body }: ApiRequest<{ body: typeof verificationBody }>) {
  const { catalog, store, now } = context;
  const segment =
    body.segment === undefined
      ? null
      : await resolveTree(store, catalog.current().book, body.segment, now()).catch((error: unknown) => {
          throw refusalOfSegment(error, 'segment');
        });
  const days = body.not_verified_days ?? null;
  return shownRun(await verifyPeople(context, { segment, days, actor: actorOf(key) }));
}

const source = z.enum(['lookup', 'plan']).meta({ id: 'LineTypeSource' });
const lineType = z.enum(LINE_TYPES).meta({ id: 'LineType' });

const door = source.meta({
  description: '`lookup`: the carrier is asked. `plan`: the numbering plan alone judges.',
});

const rulesShape = {
  doors: shape(
    'VerificationDoors',
    Object.fromEntries(DOORS.map((name) => [name, door])) as Record<Door, typeof door>,
  ).meta({
    description:
      'How each way in judges a new number: `lookup` asks the carrier; `plan` looks only at the numbering plan.',
  }),
  accepted: z
    .array(z.enum(REFUSED_LINES).meta({ id: 'RefusedLineType' }))
    .max(REFUSED_LINES.length)
    .meta({ description: 'Types of line that are accepted although they usually get no texts.' }),
  cache_days: z.int().min(1).max(366).meta({ description: 'Days for which an answer is good.' }),
  daily_budget: z
    .int()
    .min(0)
    .max(10_000_000)
    .meta({ description: 'Most questions to Lookup in one day, in UTC.' }),
  reassigned_after_days: z
    .int()
    .min(LEAST_DAYS_TO_NEW_HOLDER)
    .max(366)
    .default(USUAL_VERIFICATION.reassignedAfterDays)
    .meta({
      description:
        'After so many days without a proof of who holds a number, the carrier is asked whether the number has a new holder.',
    }),
  question_price: decimal
    .nullable()
    .default(null)
    .meta({
      description:
        "The price of a question by the carrier's contract, in the currency of GET /prices. Null: not known.",
      examples: ['0.008'],
    }),
};
const verificationRulesBody = shape('UpdateVerificationRulesRequest', rulesShape);
const verificationRulesAnswer = shape('VerificationRules', {
  ...rulesShape,
  lookup: z.enum(['on', 'off']).meta({ description: '`off` when TWILIO_LOOKUP_BASE is empty.' }),
  asked_today: count.meta({ description: 'Number of questions to Lookup today, in UTC.' }),
});

type Settings = Awaited<ReturnType<typeof showVerificationRules>>;

const shownRules = ({
  rules,
  isLookupOn,
  askedToday,
}: Settings): z.input<typeof verificationRulesAnswer> => ({
  doors: rules.doors,
  accepted: rules.accepted,
  cache_days: rules.cacheDays,
  daily_budget: rules.dailyBudget,
  reassigned_after_days: rules.reassignedAfterDays,
  question_price: rules.questionMicros === null ? null : written(rules.questionMicros),
  lookup: isLookupOn ? 'on' : 'off',
  asked_today: askedToday,
});

const rulesIn = (body: z.output<typeof verificationRulesBody>): VerificationRules => ({
  doors: body.doors,
  accepted: [...new Set(body.accepted)],
  cacheDays: body.cache_days,
  dailyBudget: body.daily_budget,
  reassignedAfterDays: body.reassigned_after_days,
  questionMicros: body.question_price === null ? null : readMicros(body.question_price),
});

/** The result of the number check when a contact is saved or opted in. */
export const verification = shape('NumberVerdict', {
  line: lineType,
  by: source.meta({ description: 'Who gave the type of line: the carrier, or the numbering plan alone.' }),
  unknown,
});

/** The facts about a number that are stored with its contact. */
export const verified = shape('NumberFacts', {
  at: time,
  source: z.string(),
  valid: z.boolean(),
  line: lineType.nullable(),
  carrier: z.string().nullable(),
  unknown,
});

export const verificationOf = ({ line, by, unknown: code }: DoorVerdict): z.input<typeof verification> => ({
  line,
  by,
  unknown: shownUnknown(code),
});

export const verifiedOf = (answer: NumberFacts | null): z.input<typeof verified> | null =>
  answer === null
    ? null
    : {
        at: iso(answer.at),
        source: answer.source,
        valid: answer.valid,
        line: answer.line,
        carrier: answer.carrier,
        unknown: shownUnknown(answer.untold),
      };

/** Whether the number has had a new holder since a day, as stored with a contact. */
export const holderCheck = shape('HolderCheck', {
  at: time,
  source: z.string(),
  since: z.iso.date().meta({ description: 'The last day on which the holder of the number was known.' }),
  reassigned: z.enum(['yes', 'no', 'no-data']).nullable(),
  unknown,
});

export const holderCheckOf = (answer: ReassignedFact | null): z.input<typeof holderCheck> | null =>
  answer === null
    ? null
    : {
        at: iso(answer.at),
        source: answer.source,
        since: answer.since,
        reassigned: answer.answer,
        unknown: shownUnknown(answer.untold),
      };

const shownUnknown = (code: Unknown | null) => (code === null ? null : { code, sentence: UNKNOWNS[code] });

/** A number that is not accepted: what is wrong with it, and what to do. */
export function notTaken(refused: NumberRefusal): Problem {
  const [message, next_step] = NUMBER_REFUSALS[refused];
  return new Problem('unprocessable', 'Nothing was changed.', {
    errors: [{ field: 'phone', message }],
    next_step,
  });
}

/** Which line type numbers have, by the carrier or the numbering plan. */
export const VERIFICATION_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/verification-rules',
    id: 'getVerificationRules',
    returns: 'The rules in force, and how many questions were asked today.',
    scope: 'programs:read',
    summary:
      'Show which ways in ask the carrier about new numbers, for how long an answer is good, and the budget.',
    answer: verificationRulesAnswer,
    handle: async ({ context }) => shownRules(await showVerificationRules(context)),
  }),
  defineRoute({
    method: 'put',
    path: '/verification-rules',
    id: 'updateVerificationRules',
    returns: 'The rules as they are in force now.',
    scope: 'programs:write',
    summary:
      'Save which ways in ask the carrier about new numbers, for how long an answer is good, and the budget.',
    body: verificationRulesBody,
    answer: verificationRulesAnswer,
    handle: async ({ context, key, body }) =>
      shownRules(await saveVerificationRules(context, rulesIn(body), actorOf(key))),
  }),
  defineRoute({
    method: 'get',
    path: '/verifications',
    id: 'listVerifications',
    returns: 'One page of verifications, the newest first.',
    scope: 'contacts:read',
    summary: 'List the verifications, newest first.',
    query: z.strictObject(paging('verifications', ID)),
    answer: page(verificationAnswer),
    handle: async ({ context, query: { cursor: after = null, limit } }) =>
      plainPage('verifications', await listVerifications(context, { after, limit }), shownRun),
  }),
  defineRoute({
    method: 'post',
    path: '/verifications',
    id: 'startVerification',
    returns: 'The verification that was started.',
    scope: 'consent:write',
    summary:
      'Verify the numbers of a segment, or of everybody, that were not verified lately. Consent ends for numbers that take no texts.',
    body: verificationBody,
    status: 202,
    answer: verificationAnswer,
    handle: beginVerification,
  }),
  defineRoute({
    method: 'get',
    path: '/verifications/{id}',
    id: 'getVerification',
    returns: 'The verification, with its counts so far.',
    scope: 'contacts:read',
    summary: 'Show how far a verification is, what it has found, and what it waits for.',
    params: verificationParams,
    answer: verificationAnswer,
    problems: ['not-found'],
    handle: async ({ context, params }) => shownIfFound(await showVerification(context, params.id)),
  }),
  defineRoute({
    method: 'post',
    path: '/verifications/{id}/cancel',
    id: 'cancelVerification',
    returns: 'The verification as it was stopped.',
    scope: 'consent:write',
    summary: 'Stop a verification. What it has found out stays.',
    params: verificationParams,
    body: shape('CancelVerificationRequest', {}),
    answer: verificationAnswer,
    problems: ['not-found'],
    handle: async ({ context, key, params }) =>
      shownIfFound(await stopVerification(context, params.id, actorOf(key))),
  }),
];
