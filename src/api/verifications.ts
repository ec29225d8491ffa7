import { z } from 'zod';
import type { DoorVerdict } from '../contacts/lookup.ts';
import { verifyPeople } from '../contacts/verification.ts';
import { utcDay } from '../domain/durations.ts';
import {
  DOORS,
  type Door,
  LEAST_DAYS_TO_NEW_HOLDER,
  LINE_TYPES,
  NUMBER_REFUSALS,
  type NumberRefusal,
  REFUSED_LINES,
  type ReassignedFact,
  UNKNOWNS,
  type Unknown,
  USUAL_VERIFICATION,
  type VerificationRules,
} from '../domain/hygiene/number-verification.ts';
import { resolveTree } from '../segments/segments.ts';
import type { Verified } from '../store/contacts/contacts.ts';
import {
  cancelVerification,
  findVerification,
  pageVerifications,
  readBudget,
  readVerificationRules,
  type VerificationDoc,
  writeVerificationRules,
} from '../store/contacts/verification.ts';
import { Problem } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from './http/route.ts';
import { iso, isoOrNull, page, paging, time, toPage } from './http/shapes.ts';
import * as normalise from './numbers.ts';
import { refusalOfSegment, tree } from './segments.ts';

const ID = /^v_[0-9a-z]{9}[0-9a-f]{12}$/;

const verificationParams = z.strictObject({
  id: z
    .string()
    .regex(ID, 'It is not the id of a verification.')
    .meta({ examples: ['v_0mi4x2k7pa1b2c3d4e5f6'] }),
});
const verificationsQuery = z.strictObject(paging('verifications', ID));
const verificationBody = z.strictObject({
  segment: tree.optional().meta({ description: 'Whose numbers. Left out: everybody.' }),
  not_verified_days: z.int().min(1).max(366).optional().meta({
    description:
      'Leaves out whoever was verified within so many days. Left out: as long as an answer is good.',
  }),
});
const cancelBody = z.strictObject({});

const count = z.int().min(0);

const unknown = z
  .strictObject({ code: z.enum(Object.keys(UNKNOWNS) as [Unknown, ...Unknown[]]), sentence: z.string() })
  .nullable()
  .meta({ description: 'Why the carrier did not say more; null where it said all.' });

const verificationAnswer = z.strictObject({
  id: z.string(),
  state: z.enum(['running', 'waiting', 'done', 'canceled']),
  waits_for: unknown.meta({ description: 'Why it stands still. It goes on by itself.' }),
  people: count
    .nullable()
    .meta({ description: 'Who fitted when it began; null where counting took too long.' }),
  looked_at: count,
  asked: count.meta({
    description: 'Questions to Lookup; the others had an answer that is still good, or none.',
  }),
  refused: count.meta({ description: 'Whose number takes no texts: their consent was ended.' }),
  outcomes: z.record(z.string(), count).meta({ description: 'People by kind of line, most first.' }),
  answers_older_than: time.meta({ description: 'Are asked for again.' }),
  created_at: time,
  ended_at: time.nullable(),
  why: z.string().nullable().meta({ description: 'Why it was canceled, where nobody asked for it.' }),
});
const verificationsAnswer = page(verificationAnswer);

/** Starts a run. A job asks, batch by batch, as far as the budget allows. */
async function beginVerification({ context, key, body }: ApiRequest<{ body: typeof verificationBody }>) {
  const segment =
    body.segment === undefined
      ? null
      : await resolveTree(context.store, context.catalog.current().book, body.segment, context.now()).catch(
          (error: unknown) => {
            throw refusalOfSegment(error, 'segment');
          },
        );
  const run = await verifyPeople(context, {
    segment,
    days: body.not_verified_days ?? null,
    by: `key:${key.id}`,
  });
  context.log.info({ key: key.id, verification: run._id, people: run.people }, 'a verification was begun');
  return shown(run);
}

async function listVerifications({ context, query }: ApiRequest<{ query: typeof verificationsQuery }>) {
  const { cursor, limit } = query;
  const found = await pageVerifications(context.store, { before: cursor ?? null, limit: limit + 1 });
  const { rows, next_cursor } = toPage('verifications', found, limit, ({ _id }) => _id);
  return { items: rows.map(shown), next_cursor };
}

async function showVerification({ context, params }: ApiRequest<{ params: typeof verificationParams }>) {
  return shown(await found(context, params.id));
}

type Cancel = ApiRequest<{ params: typeof verificationParams; body: typeof cancelBody }>;

/** Stops a run: keeps the answers and asks about nobody else. A run that has ended stays as it is. */
async function cancel({ context, key, params }: Cancel) {
  await found(context, params.id);
  const canceled = await cancelVerification(context.store, params.id, context.now());
  context.log.info({ key: key.id, verification: params.id, canceled }, 'a verification was canceled');
  return shown(await found(context, params.id));
}

async function found({ store }: ApiRequest<object>['context'], id: string): Promise<VerificationDoc> {
  const run = await findVerification(store, id);
  if (run === null) throw new Problem('not-found', 'There is no verification of this id.');
  return run;
}

function shown(run: VerificationDoc): z.input<typeof verificationAnswer> {
  const outcomes = Object.entries(run.counts).sort(([, a], [, b]) => b - a);
  return {
    id: run._id,
    state: run.state === 'running' && run.waiting !== null ? 'waiting' : run.state,
    waits_for: saidOf(run.waiting),
    people: run.people,
    looked_at: outcomes.reduce((sum, [, one]) => sum + one, 0),
    asked: run.asked,
    refused: run.refused,
    outcomes: Object.fromEntries(outcomes),
    answers_older_than: iso(run.since),
    created_at: iso(run.createdAt),
    ended_at: isoOrNull(run.endedAt),
    why: run.why ?? null,
  };
}

const door = z.enum(['lookup', 'plan']);

const rulesShape = {
  doors: z
    .strictObject(Object.fromEntries(DOORS.map((one) => [one, door])) as Record<Door, typeof door>)
    .meta({
      description: '`lookup` asks the carrier about each new number; `plan` looks at the number alone.',
    }),
  accepted: z
    .array(z.enum(REFUSED_LINES))
    .max(REFUSED_LINES.length)
    .meta({ description: 'Lines that are taken on although they usually get no texts.' }),
  cache_days: z.int().min(1).max(366).meta({ description: 'Days for which an answer is good.' }),
  daily_budget: z
    .int()
    .min(0)
    .max(10_000_000)
    .meta({ description: 'Questions to Lookup in one day of UTC, of everything together.' }),
  reassigned_after_days: z
    .int()
    .min(LEAST_DAYS_TO_NEW_HOLDER)
    .max(366)
    .default(USUAL_VERIFICATION.reassignedAfterDays)
    .meta({
      description:
        'Days without a proof of who holds a number after which the carrier is asked for a new holder.',
    }),
};
const verificationRulesBody = z.strictObject(rulesShape);
const verificationRulesAnswer = z.strictObject({
  ...rulesShape,
  lookup: z.enum(['on', 'off']).meta({ description: 'Off: TWILIO_LOOKUP_BASE is empty.' }),
  asked_today: z.int().min(0),
});

async function showVerificationRules({ context }: ApiRequest<object>) {
  return shownRules(context, await readVerificationRules(context.store));
}

/** Takes effect at the next question, also in a run under way. */
async function putVerificationRules({
  context,
  key,
  body,
}: ApiRequest<{ body: typeof verificationRulesBody }>) {
  const { doors, cache_days: cacheDays, daily_budget: dailyBudget } = body;
  const written: VerificationRules = {
    doors,
    accepted: [...new Set(body.accepted)],
    cacheDays,
    dailyBudget,
    reassignedAfterDays: body.reassigned_after_days,
  };
  await writeVerificationRules(context.store, written, context.now());
  context.log.info({ key: key.id, dailyBudget, cacheDays }, 'the rules of verification were saved');
  return shownRules(context, written);
}

type Shown = z.input<typeof verificationRulesAnswer>;

async function shownRules(
  { store, lookup, now }: ApiRequest<object>['context'],
  verificationRules: VerificationRules,
): Promise<Shown> {
  const budget = await readBudget(store);
  const today = utcDay(now());
  return {
    doors: verificationRules.doors,
    accepted: verificationRules.accepted,
    cache_days: verificationRules.cacheDays,
    daily_budget: verificationRules.dailyBudget,
    reassigned_after_days: verificationRules.reassignedAfterDays,
    lookup: lookup === null ? 'off' : 'on',
    asked_today: budget?.day === today ? budget.used : 0,
  };
}

/** What an entry point found out about a number. */
export const verification = z.strictObject({
  line: z.enum(LINE_TYPES),
  by: z
    .enum(['lookup', 'plan'])
    .meta({ description: 'Who said so: the carrier, or the numbering plan alone.' }),
  unknown,
});

/** What is stored with a contact. */
export const verified = z.strictObject({
  at: time,
  source: z.string(),
  valid: z.boolean(),
  line: z.enum(LINE_TYPES).nullable(),
  carrier: z.string().nullable(),
  unknown,
});

export const verificationOf = ({ line, by, unknown: code }: DoorVerdict): z.input<typeof verification> => ({
  line,
  by,
  unknown: saidOf(code),
});

export const verifiedOf = (one: Verified | undefined): z.input<typeof verified> | null =>
  one === undefined
    ? null
    : {
        at: iso(one.at),
        source: one.source,
        valid: one.valid,
        line: one.line,
        carrier: one.carrier,
        unknown: saidOf(one.untold),
      };

/** Whether the number has had a new holder since a day, as stored with a contact. */
export const holderCheck = z.strictObject({
  at: time,
  source: z.string(),
  since: z.iso.date().meta({ description: 'The last day on which it was known whose number it is.' }),
  reassigned: z.enum(['yes', 'no', 'no-data']).nullable(),
  unknown,
});

export const holderCheckOf = (one: ReassignedFact | undefined): z.input<typeof holderCheck> | null =>
  one === undefined
    ? null
    : {
        at: iso(one.at),
        source: one.source,
        since: one.since,
        reassigned: one.answer,
        unknown: saidOf(one.untold),
      };

const saidOf = (code: Unknown | null) => (code === null ? null : { code, sentence: UNKNOWNS[code] });

/** A number that is not accepted: what is wrong with it, and what to do. */
export function notTaken(refused: NumberRefusal): Problem {
  const [message, next_step] = NUMBER_REFUSALS[refused];
  return new Problem('unprocessable', 'Nothing was changed.', {
    errors: [{ field: 'phone', message }],
    next_step,
  });
}

/** Questions about numbers themselves: how they are written, and which line type they have. */
export const NUMBER_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'post',
    path: '/numbers/normalise',
    scope: 'contacts:read',
    summary: 'Write numbers as E.164, and tell what was guessed, cleaned and refused. Nothing is kept.',
    body: normalise.normaliseBody,
    answer: normalise.normaliseAnswer,
    handle: normalise.normaliseList,
  }),
  defineRoute({
    method: 'post',
    path: '/numbers/normalise/bulk',
    scope: 'contacts:read',
    summary: 'The same of a long list: NDJSON, answered line by line, with the report as the last line.',
    query: normalise.normaliseQuery,
    lines: normalise.normaliseLine,
    answer: normalise.normaliseLineAnswer,
    streams: true,
    handle: normalise.normaliseLines,
  }),
  defineRoute({
    method: 'get',
    path: '/verification-rules',
    scope: 'programs:read',
    summary:
      'Show which doors ask the carrier about new numbers, for how long an answer is good, and the budget.',
    answer: verificationRulesAnswer,
    handle: showVerificationRules,
  }),
  defineRoute({
    method: 'put',
    path: '/verification-rules',
    scope: 'programs:write',
    summary:
      'Save which doors ask the carrier about new numbers, for how long an answer is good, and the budget.',
    body: verificationRulesBody,
    answer: verificationRulesAnswer,
    handle: putVerificationRules,
  }),
  defineRoute({
    method: 'get',
    path: '/verifications',
    scope: 'contacts:read',
    summary: 'List the runs over the numbers of many, newest first.',
    query: verificationsQuery,
    answer: verificationsAnswer,
    handle: listVerifications,
  }),
  defineRoute({
    method: 'post',
    path: '/verifications',
    scope: 'consent:write',
    summary:
      'Verify the numbers of a segment, or of all, that were not verified lately. Where one takes no texts, consent ends.',
    body: verificationBody,
    status: 202,
    answer: verificationAnswer,
    handle: beginVerification,
  }),
  defineRoute({
    method: 'get',
    path: '/verifications/{id}',
    scope: 'contacts:read',
    summary: 'Show how far a run is, what it found, and what it waits for.',
    params: verificationParams,
    answer: verificationAnswer,
    problems: ['not-found'],
    handle: showVerification,
  }),
  defineRoute({
    method: 'post',
    path: '/verifications/{id}/cancel',
    scope: 'consent:write',
    summary: 'End a run where it is. What it found out stays.',
    params: verificationParams,
    body: cancelBody,
    answer: verificationAnswer,
    problems: ['not-found'],
    handle: cancel,
  }),
];
