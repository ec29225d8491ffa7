import { z } from 'zod';
import {
  JOURNEY_STATES,
  keptSentence,
  MOST_STEPS,
  minutesOf,
  type Wait,
} from '../domain/journeys/journey.ts';
import {
  doneSentence,
  planSentences,
  runSentence,
  STEP_OUTCOMES,
  treesOf,
} from '../domain/journeys/sentences.ts';
import { JOURNEY_END_REASONS, type JourneyEndReason } from '../domain/journeys/steps.ts';
import { type Program, programById } from '../domain/program.ts';
import type { Tree } from '../domain/segments/tree.ts';
import { changeJourneyState } from '../journeys/lifecycle.ts';
import { InvalidJourney, JourneyIsActive, type JourneyOrder, saveJourney } from '../journeys/save.ts';
import { readSentenceWriter } from '../segments/segments.ts';
import { findContact } from '../store/contacts/contacts.ts';
import {
  findJourney,
  findVersions,
  type JourneyDoc,
  type JourneyVersionDoc,
  pageJourneys,
  startedJourneys,
} from '../store/journeys/journeys.ts';
import { type JourneyRunDoc, journeyProgress, runsOf } from '../store/journeys/runs.ts';
import { contactParams } from './contact-status.ts';
import { Problem, throwRefusal } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from './http/route.ts';
import {
  eventType,
  iso,
  isoOrNull,
  line,
  page,
  paging,
  plainLine,
  reason,
  reasonsOf,
  slug,
  time,
  toPage,
} from './http/shapes.ts';
import { findProgram } from './programs.ts';
import { tree } from './segments.ts';

const journeyParams = z.strictObject({ id: slug });
const journeysQuery = z.strictObject(paging('journeys', /^[a-z0-9-]{1,40}$/));
const steerBody = z.strictObject({});
const startBody = z.strictObject({
  belonging: z
    .literal(true)
    .optional()
    .meta({ description: 'Needed where a segment begins it: whoever belongs to it now is taken in.' }),
});

const journeyAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  program: z.string(),
  state: z.enum(JOURNEY_STATES),
  version: z.number(),
  sentences: z
    .array(z.string())
    .meta({ description: 'What begins it, who may again, and what each step does.' }),
  trigger: z.unknown().meta({ override: { type: 'object' } }),
  again_after_days: z.number().optional(),
  steps: z.array(z.unknown().meta({ override: { type: 'object' } })),
  started_at: time.nullable(),
});
const journeysAnswer = page(journeyAnswer);
const savedAnswer = journeyAnswer.extend({
  kept: z.string().optional().meta({
    description: 'What was not taken over, since the journey goes on; why, and how to change that.',
  }),
});

const people = z.number();
const endReason = z.enum(Object.keys(JOURNEY_END_REASONS) as [JourneyEndReason, ...JourneyEndReason[]]);
const progressAnswer = z.strictObject({
  id: z.string(),
  state: z.enum(JOURNEY_STATES),
  entered: people,
  waiting: z.array(z.strictObject({ step: z.string(), people })).meta({ description: 'For each step.' }),
  ended: z.array(z.strictObject({ code: endReason, sentence: z.string(), people })),
});

export async function listJourneys({ context, query }: ApiRequest<{ query: typeof journeysQuery }>) {
  const found = await pageJourneys(context.store, { after: query.cursor ?? null, limit: query.limit + 1 });
  const { rows, next_cursor } = toPage('journeys', found, query.limit, ({ _id }) => _id);
  return { items: await shownAll(context, rows), next_cursor };
}

async function showJourney({ context, params }: ApiRequest<{ params: typeof journeyParams }>) {
  return shown(context, orMissing(await findJourney(context.store, params.id)));
}

const GOES =
  'It runs or is paused, and what is saved is sent: to change it the key needs messages:write as well. POST /journeys/{id}/stop ends it.';

type Put = ApiRequest<{ params: typeof journeyParams; body: typeof journeyBody }>;

/**
 * Saves a journey whole; a difference makes a new version. A draft does nothing before it is started. The new
 * version of a running journey is used at once, so the key needs the same scope as for starting.
 */
async function putJourney({ context, key, params, body }: Put) {
  const program = findProgram(context.catalog.current().book, body.program);
  const asked = orderOf(params.id, body, program);
  const whileItGoes = key.scopes.has('messages:write');
  const { journey, kept } = await saveJourney(context, asked, { whileItGoes }).catch((error: unknown) => {
    if (error instanceof JourneyIsActive) throw new Problem('missing-scope', GOES);
    if (!(error instanceof InvalidJourney)) return throwRefusal(error);
    const errors = error.faults.map(({ field, problem }) => ({ field, message: problem }));
    throw new Problem('unprocessable', 'Nothing was changed.', { errors });
  });
  context.log.info({ key: key.id, journey: journey._id, version: journey.version }, 'a journey was saved');
  const said = keptSentence(kept);
  return { ...(await shown(context, journey)), ...(said === null ? {} : { kept: said }) };
}

type StartCall = ApiRequest<{ params: typeof journeyParams; body: typeof startBody }>;

async function startJourney({ context, key, params, body }: StartCall) {
  const started = await changeJourneyState(context, params.id, 'start', body.belonging === true).catch(
    throwRefusal,
  );
  context.log.info({ key: key.id, journey: params.id }, 'a journey was started');
  return shown(context, orMissing(started));
}

/** The handler of one state change. */
const steer =
  (how: 'pause' | 'stop') =>
  async ({ context, key, params }: ApiRequest<{ params: typeof journeyParams; body: typeof steerBody }>) => {
    const moved = await changeJourneyState(context, params.id, how).catch(throwRefusal);
    context.log.info({ key: key.id, journey: params.id, move: how }, 'a journey was moved');
    return shown(context, orMissing(moved));
  };

async function showProgress({ context, params }: ApiRequest<{ params: typeof journeyParams }>) {
  const { _id: id, state, plan } = orMissing(await findJourney(context.store, params.id));
  const [version] = await findVersions(context.store, [plan]);
  const { entered, waiting, ended } = await journeyProgress(context.store, id, version?.steps ?? []);
  return {
    id,
    state,
    entered,
    waiting,
    ended: ended.map(({ reason: code, people }) => ({ code, sentence: JOURNEY_END_REASONS[code], people })),
  };
}

function orMissing(journey: JourneyDoc | null): JourneyDoc {
  if (journey === null) throw new Problem('not-found', 'There is no journey of this id.');
  return journey;
}

async function shown(context: ApiRequest<object>['context'], journey: JourneyDoc) {
  const [only] = await shownAll(context, [journey]);
  if (only === undefined) throw new Error('one journey was shown as none');
  return only;
}

/** A few reads for all journeys together, so that connections to the database stay free for inbound texts. */
async function shownAll(context: ApiRequest<object>['context'], journeys: readonly JourneyDoc[]) {
  const { book } = context.catalog.current();
  const versions = await findVersions(
    context.store,
    journeys.map(({ plan }) => plan),
  );
  const say = await readSentenceWriter(context.store, book, versions.flatMap(treesOf));
  return journeys.map(({ _id: id, name, program, state, version, plan, startedAt }) => {
    const saved = versions.find((version) => version._id === plan);
    if (saved === undefined) throw new Error('a journey has no version');
    const words = { program: programById(book, program) ?? { name: program, topics: [], keywords: {} }, say };
    return {
      id,
      name,
      program,
      state,
      version,
      sentences: planSentences(saved, words),
      ...shapeOf(saved),
      started_at: isoOrNull(startedAt),
    };
  });
}

const one = { params: journeyParams, answer: journeyAnswer } as const;
const moved = {
  ...one,
  method: 'post',
  scope: 'messages:write',
  problems: ['not-found', 'not-possible', 'conflict'],
} as const;

const some = <T extends z.ZodType>(one: T) => z.array(one).min(1).max(MOST_TOPICS);

const MOST_TOPICS = 50;

const trigger = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('consent'),
    topics: some(slug)
      .exactOptional()
      .meta({ description: 'Agreeing to one of these; else confirming consent to the program.' }),
  }),
  z.strictObject({ kind: z.literal('event'), event: eventType }),
  z.strictObject({ kind: z.literal('stage'), stages: some(line(1, 100)) }),
  z.strictObject({ kind: z.literal('segment'), segment: tree }),
  z.strictObject({
    kind: z.literal('keyword'),
    words: some(line(1, 34)).meta({
      description: 'Keywords of the program, and codes or words of its topics: each one word.',
    }),
  }),
]);

const count = (most: number) => z.int('It must be a whole number.').min(0).max(most);

const wait = z
  .strictObject({
    days: count(400).exactOptional(),
    hours: count(9600).exactOptional(),
    minutes: count(576_000).exactOptional(),
  })
  .meta({
    description: 'After the step before, or after what began the journey; parts add up to at most 400 days.',
  });

const step = z.strictObject({
  id: slug.meta({ description: 'Names the step in every version: a step someone did is never done again.' }),
  wait: wait.exactOptional(),
  only_if: tree.exactOptional(),
  otherwise: z
    .enum(['skip', 'end'])
    .exactOptional()
    .meta({ description: 'For whom only_if is not true: go on without it (the usual), or end the journey.' }),
  message: z.strictObject({ template: slug, topic: slug }).exactOptional(),
});

const journeyBody = z.strictObject({
  name: plainLine(1, 80),
  program: slug,
  trigger,
  again_after_days: z
    .int('It must be a whole number.')
    .min(1)
    .max(3650)
    .exactOptional()
    .meta({ description: 'A person may go through it again so long after they last began; else once.' }),
  steps: z.array(step).min(1).max(MOST_STEPS),
  people: z.enum(['finish', 'move']).exactOptional().meta({
    description: 'Those who are in it finish the version they are in (the usual), or go on in this one.',
  }),
});

const contactJourneysAnswer = z.strictObject({
  items: z.array(
    z.strictObject({
      journey: z.string(),
      name: z.string(),
      version: z.number(),
      sentence: z.string(),
      began_at: time,
      waits_for: z.string().nullable(),
      due_at: time.nullable(),
      ended: z.strictObject({ code: endReason, at: time }).nullable(),
      steps: z.array(
        z.strictObject({
          step: z.string(),
          at: time,
          did: z.enum(STEP_OUTCOMES),
          sentence: z.string(),
          delivery: z.string().nullable(),
          reasons: z.array(reason),
        }),
      ),
    }),
  ),
});

/** Journeys: messages that follow one another for each person, from the trigger to the end. */
export const JOURNEY_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/journeys',
    scope: 'programs:read',
    summary: 'List the journeys, each told in sentences.',
    query: journeysQuery,
    answer: journeysAnswer,
    handle: listJourneys,
  }),
  defineRoute({
    ...one,
    method: 'get',
    path: '/journeys/{id}',
    scope: 'programs:read',
    summary: 'Show a journey: what begins it and what each step does, in sentences.',
    problems: ['not-found'],
    handle: showJourney,
  }),
  defineRoute({
    ...one,
    method: 'put',
    path: '/journeys/{id}',
    scope: 'programs:write',
    summary:
      'Save a journey whole. What differs becomes a new version; nothing is sent before it is started. One that runs or is paused is changed at once, with messages:write; its words are those of its templates, whoever saves them.',
    body: journeyBody,
    answer: savedAnswer,
    problems: ['not-possible', 'conflict'],
    handle: putJourney,
  }),
  defineRoute({
    ...moved,
    path: '/journeys/{id}/start',
    summary: 'Take people in from now on; or go on after a pause.',
    body: startBody,
    handle: startJourney,
  }),
  defineRoute({
    ...moved,
    path: '/journeys/{id}/pause',
    summary: 'Do no step until it is started again. People are still taken in, and wait.',
    body: steerBody,
    handle: steer('pause'),
  }),
  defineRoute({
    ...moved,
    path: '/journeys/{id}/stop',
    summary: 'End it for everyone in it; what is planned of it and has not left is canceled.',
    body: steerBody,
    handle: steer('stop'),
  }),
  defineRoute({
    method: 'get',
    path: '/journeys/{id}/progress',
    scope: 'programs:read',
    summary: 'Count the people at each step, and those who are through by how it ended.',
    params: journeyParams,
    answer: progressAnswer,
    problems: ['not-found'],
    handle: showProgress,
  }),
  defineRoute({
    method: 'get',
    path: '/contacts/{id}/journeys',
    scope: 'contacts:read',
    summary: 'Tell where a person is in each journey, what it sent them and why not; newest first.',
    params: contactParams,
    answer: contactJourneysAnswer,
    problems: ['not-found'],
    handle: contactJourneys,
  }),
];

type JourneyBody = z.output<typeof journeyBody>;

function orderOf(id: string, body: JourneyBody, program: Program): JourneyOrder {
  const { name, trigger: begins, again_after_days: days, steps, people = 'finish' } = body;
  return {
    id,
    name,
    program,
    people,
    trigger: begins.kind === 'consent' ? { kind: 'consent', topics: begins.topics ?? null } : begins,
    reentry: days === undefined ? { kind: 'once' } : { kind: 'again', days },
    steps: steps.map(({ id, wait = {}, only_if: onlyIf = null, otherwise = 'skip', message = null }) => ({
      id,
      wait,
      onlyIf: onlyIf as Tree | null,
      otherwise,
      message,
    })),
  };
}

/** A version in the shape in which it is saved, so that a client can change it and save it again. */
function shapeOf({ trigger: begins, reentry, steps }: JourneyVersionDoc) {
  return {
    trigger: triggerShape(begins),
    ...(reentry.kind === 'once' ? {} : { again_after_days: reentry.days }),
    steps: steps.map(({ id, wait, onlyIf, otherwise, message }) => ({
      id,
      ...(minutesOf(wait) === 0 ? {} : { wait: { ...wait } as Wait }),
      ...(onlyIf === null ? {} : { only_if: onlyIf.tree, otherwise }),
      ...(message === null ? {} : { message: { ...message } }),
    })),
  };
}

function triggerShape(trigger: JourneyVersionDoc['trigger']): Record<string, unknown> {
  if (trigger.kind === 'segment') return { kind: 'segment', segment: trigger.segment.tree };
  if (trigger.kind === 'keyword') return { kind: 'keyword', words: trigger.words };
  if (trigger.kind !== 'consent') return { ...trigger };
  return trigger.topics === null ? { kind: 'consent' } : { ...trigger };
}

/** Where a person is in every journey, or how each ended, newest first: why they got what they got, and why not. */
async function contactJourneys({ context, params }: ApiRequest<{ params: typeof contactParams }>) {
  if ((await findContact(context.store, params.id)) === null) {
    throw new Problem('not-found', 'There is no contact of this id.');
  }
  const [runs, journeys] = await Promise.all([
    runsOf(context.store, [params.id]),
    startedJourneys(context.store),
  ]);
  const byId = new Map(journeys.map((journey) => [journey._id, journey]));
  return { items: runs.map((run) => shownRun(run, byId.get(run.journey))) };
}

function shownRun(run: JourneyRunDoc, journey: JourneyDoc | undefined) {
  const name = journey?.name ?? run.journey;
  const { reason: code, endedAt } = run;
  const ended = code === undefined || endedAt === undefined ? null : { reason: code, at: endedAt };
  return {
    journey: run.journey,
    name,
    version: run.version,
    sentence: runSentence(name, { ...run, ended }, journey?.state === 'paused'),
    began_at: iso(run.startedAt),
    waits_for: ended === null ? run.step : null,
    due_at: ended === null ? isoOrNull(run.dueAt) : null,
    ended: ended === null ? null : { code: ended.reason, at: iso(ended.at) },
    steps: run.done.map(({ step, at, did, delivery = null, reasons = [] }) => ({
      step,
      at: iso(at),
      did,
      delivery,
      sentence: doneSentence(did, reasons),
      reasons: reasonsOf(reasons),
    })),
  };
}
