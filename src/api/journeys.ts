import { z } from 'zod';
import {
  JOURNEY_STATES,
  type JourneyPlan,
  MOST_STEPS,
  minutesOf,
  type Wait,
} from '../domain/journeys/journey.ts';
import { STEP_OUTCOMES } from '../domain/journeys/sentences.ts';
import { JOURNEY_END_REASONS, type JourneyEndReason } from '../domain/journeys/steps.ts';
import type { Program } from '../domain/program.ts';
import type { Tree } from '../domain/segments/tree.ts';
import {
  commandJourney,
  type JourneyView,
  listJourneys as listJourneyViews,
  listRunsOfContact,
  type RunView,
  saveWholeJourney,
  showJourney,
  showJourneyProgress,
} from '../journeys/journeys.ts';
import { InvalidJourney, JourneyIsActive, type JourneyOrder } from '../journeys/save.ts';
import { pausedByStaff, shownStaffPause } from './campaign-shapes.ts';
import { contactParams } from './contact-status.ts';
import { Problem, throwRefusal } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
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
  shape,
  shownAs,
  slug,
  time,
  toPage,
} from './http/shapes.ts';
import { findProgram } from './programs.ts';
import { emptyBody, tree } from './segments.ts';

const journeyParams = z.strictObject({ id: slug.meta({ description: 'Id of the journey.' }) });
const journeysQuery = z.strictObject(paging('journeys', /^[a-z0-9-]{1,40}$/));
const startBody = shape('StartJourneyRequest', {
  belonging: z.literal(true).optional().meta({
    description:
      'Required when a segment begins the journey: confirms that the people who are in the segment now are taken in.',
  }),
});

const journeyState = z.enum(JOURNEY_STATES).meta({ id: 'JourneyState' });

const journeyAnswer = shape('Journey', {
  id: z.string(),
  name: z.string(),
  program: z.string(),
  state: journeyState,
  version: z.number().meta({ description: 'Incremented by every saved difference.' }),
  sentences: z
    .array(z.string())
    .meta({ description: 'What begins the journey, who may go through it again, and what each step does.' }),
  trigger: shownAs('JourneyTrigger'),
  again_after_days: z
    .number()
    .optional()
    .meta({ description: 'Absent: a person goes through it only once.' }),
  steps: z.array(shownAs('JourneyStep')),
  started_at: time.nullable(),
  paused_by: z
    .discriminatedUnion('by', [
      pausedByStaff,
      shape('JourneyPauseByRule', { by: z.literal('rule'), sentence: z.string(), at: time }),
    ])
    .meta({ id: 'JourneyPause' })
    .nullable()
    .meta({
      description:
        'Who paused the journey, staff with their key or the rule about sealed fields, and when. Null where it is not paused.',
    }),
});
const journeysAnswer = page(journeyAnswer);
const savedAnswer = shape('SavedJourney', {
  ...journeyAnswer.shape,
  kept: z.string().optional().meta({
    description: 'What a running or paused journey did not take over, why, and how to change that.',
  }),
});

const people = z.number();
const endReason = z
  .enum(Object.keys(JOURNEY_END_REASONS) as [JourneyEndReason, ...JourneyEndReason[]])
  .meta({ id: 'JourneyEndReason' });
const progressAnswer = shape('JourneyProgress', {
  id: z.string(),
  state: journeyState,
  entered: people.meta({ description: 'How many people the journey took in.' }),
  waiting: z
    .array(shape('WaitingAtStep', { step: z.string(), people }))
    .meta({ description: 'How many people wait for each step.' }),
  ended: z.array(shape('EndedJourneys', { code: endReason, sentence: z.string(), people })),
});

export async function listJourneys({ context, query }: ApiRequest<{ query: typeof journeysQuery }>) {
  const asked = { after: query.cursor ?? null, limit: query.limit + 1 };
  const found = await listJourneyViews(context, asked);
  const { rows, next_cursor } = toPage('journeys', found, query.limit, ({ id }) => id);
  return { items: rows.map(shown), next_cursor };
}

const GOES =
  'The journey is running or paused, so that a saved change is sent: the key also needs campaigns:send. POST /journeys/{id}/stop ends the journey.';

type SaveRequest = ApiRequest<{ params: typeof journeyParams; body: typeof journeyBody }>;

/** The new version of a running journey is used at once, so the key needs the same scope as for starting. */
async function putJourney({ context, key, params, body }: SaveRequest) {
  const program = findProgram(context.catalog.current().book, body.program);
  const order = orderOf(params.id, body, program);
  const save = { actor: actorOf(key), order, whileItGoes: key.scopes.has('campaigns:send') };
  const { journey, kept } = await saveWholeJourney(context, save).catch((error: unknown) => {
    if (error instanceof JourneyIsActive) throw new Problem('missing-scope', GOES);
    if (!(error instanceof InvalidJourney)) return throwRefusal(error);
    const errors = error.faults.map(({ field, problem }) => ({ field, message: problem }));
    throw new Problem('unprocessable', 'Nothing was changed.', { errors });
  });
  return { ...shown(journey), ...(kept === null ? {} : { kept }) };
}

type StartCall = ApiRequest<{ params: typeof journeyParams; body: typeof startBody }>;

async function startJourney({ context, key, params, body }: StartCall) {
  const order = {
    actor: actorOf(key),
    id: params.id,
    move: 'start' as const,
    belonging: body.belonging === true,
  };
  return shown(orMissing(await commandJourney(context, order).catch(throwRefusal)));
}

/** The handler of one state change. */
const steer =
  (move: 'pause' | 'stop') =>
  async ({ context, key, params }: ApiRequest<{ params: typeof journeyParams; body: typeof emptyBody }>) =>
    shown(
      orMissing(
        await commandJourney(context, { actor: actorOf(key), id: params.id, move }).catch(throwRefusal),
      ),
    );

async function showProgress({ context, params: { id } }: ApiRequest<{ params: typeof journeyParams }>) {
  const { state, entered, waiting, ended } = orMissing(await showJourneyProgress(context, id));
  return {
    id,
    state,
    entered,
    waiting,
    ended: ended.map(({ reason: code, people }) => ({ code, sentence: JOURNEY_END_REASONS[code], people })),
  };
}

function orMissing<T>(found: T | null): T {
  if (found === null) throw new Problem('not-found', 'There is no journey of this id.');
  return found;
}

const shown = ({ id, name, program, state, version, sentences, plan, startedAt, pausedBy }: JourneyView) => ({
  id,
  name,
  program,
  state,
  version,
  sentences,
  ...shapeOf(plan),
  started_at: isoOrNull(startedAt),
  paused_by: pausedBy && shownPause(pausedBy),
});

const shownPause = (pause: NonNullable<JourneyView['pausedBy']>) =>
  pause.by === 'staff' ? shownStaffPause(pause) : { by: pause.by, sentence: pause.why, at: iso(pause.at) };

const ofJourney = { params: journeyParams, answer: journeyAnswer } as const;
const moved = {
  ...ofJourney,
  method: 'post',
  scope: 'campaigns:send',
  problems: ['not-found', 'not-possible', 'conflict'],
} as const;

const some = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(MOST_TOPICS);

const MOST_TOPICS = 50;

const trigger = z
  .discriminatedUnion('kind', [
    shape('ConsentTrigger', {
      kind: z.literal('consent').meta({ description: 'Consent of the person.' }),
      topics: some(slug).exactOptional().meta({
        description:
          'The journey begins when a person agrees to one of these topics. When left out: when a person confirms consent to the program.',
      }),
    }),
    shape('EventTrigger', {
      kind: z.literal('event').meta({ description: 'An event of the person.' }),
      event: eventType.meta({ description: 'The type of the event, as POST /events takes it.' }),
    }),
    shape('StageTrigger', {
      kind: z.literal('stage').meta({ description: 'A stage that the person enters.' }),
      stages: some(line(1, 100)).meta({
        description: 'The journey begins when a person enters one of these stages.',
      }),
    }),
    shape('SegmentTrigger', {
      kind: z.literal('segment').meta({ description: 'A segment that the person enters.' }),
      segment: tree,
    }),
    shape('KeywordTrigger', {
      kind: z.literal('keyword').meta({ description: 'A word that the person texts.' }),
      words: some(line(1, 34)).meta({
        description: 'Keywords of the program, and codes or words of its topics. Each has one word.',
      }),
    }),
  ])
  .meta({ id: 'JourneyTrigger' });

const count = (most: number) => z.int().min(0).max(most);

const wait = shape('JourneyWait', {
  days: count(400).exactOptional().meta({ description: 'Days of the wait.' }),
  hours: count(9600).exactOptional().meta({ description: 'Hours of the wait.' }),
  minutes: count(576_000).exactOptional().meta({ description: 'Minutes of the wait.' }),
}).meta({
  description:
    'The wait after the step before, or after the beginning of the journey. The parts add up to at most 400 days.',
});

const step = shape('JourneyStep', {
  id: slug.meta({
    description: 'Names the step in every version. A step that a person did is not done again.',
  }),
  wait: wait.exactOptional(),
  only_if: tree.exactOptional(),
  otherwise: z.enum(['skip', 'end']).exactOptional().meta({
    description:
      'What happens when `only_if` does not hold: `skip`, the default, goes on without the step, `end` ends the journey.',
  }),
  message: shape('JourneyMessage', {
    template: slug.meta({ description: 'Id of the template whose words are sent.' }),
    topic: slug.meta({ description: 'Id of the topic that the message is about.' }),
  })
    .exactOptional()
    .meta({ description: 'The message of the step. When left out, the step sends nothing.' }),
});

const journeyBody = shape('UpdateJourneyRequest', {
  name: plainLine(1, 80).meta({ description: 'Name of the journey, as staff read it.' }),
  program: slug.meta({ description: 'Id of the program for which the journey is sent.' }),
  trigger: trigger.meta({ description: 'What begins the journey for a person.' }),
  again_after_days: z.int().min(1).max(3650).exactOptional().meta({
    description:
      'A person may go through the journey again so many days after they last began it. When left out, only once.',
  }),
  steps: z
    .array(step)
    .min(1)
    .max(MOST_STEPS)
    .meta({ description: 'The steps, in the order in which a person does them.' }),
  people: z.enum(['finish', 'move']).exactOptional().meta({
    description:
      'What happens to people who are in the journey: `finish`, the default, lets them finish their version, `move` moves them to this one.',
  }),
});

const contactJourneysAnswer = shape('ContactJourneys', {
  items: z.array(
    shape('JourneyRun', {
      journey: z.string(),
      name: z.string(),
      version: z.number(),
      sentence: z.string(),
      began_at: time,
      waits_for: z.string().nullable(),
      due_at: time.nullable(),
      ended: shape('JourneyRunEnd', { code: endReason, at: time }).nullable(),
      steps: z.array(
        shape('JourneyRunStep', {
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
    id: 'listJourneys',
    returns: 'One page of journeys, in the order of their ids.',
    scope: 'programs:read',
    summary: 'List the journeys, each with its sentences.',
    query: journeysQuery,
    answer: journeysAnswer,
    handle: listJourneys,
  }),
  defineRoute({
    ...ofJourney,
    method: 'get',
    path: '/journeys/{id}',
    id: 'getJourney',
    returns: 'The journey in sentences and in full.',
    scope: 'programs:read',
    summary: 'Show a journey: what begins it and what each step does, in sentences.',
    problems: ['not-found'],
    handle: async ({ context, params }) => shown(orMissing(await showJourney(context, params.id))),
  }),
  defineRoute({
    ...ofJourney,
    method: 'put',
    path: '/journeys/{id}',
    id: 'updateJourney',
    returns: 'The journey as it was saved, and what it did not take over.',
    scope: 'programs:write',
    summary:
      'Save a whole journey. A difference makes a new version. Nothing is sent before the journey is started. A running or paused journey is changed at once, which needs campaigns:send. Its words are those of its templates, whoever saves them.',
    body: journeyBody,
    answer: savedAnswer,
    problems: ['not-possible', 'conflict'],
    handle: putJourney,
  }),
  defineRoute({
    ...moved,
    path: '/journeys/{id}/start',
    id: 'startJourney',
    returns: 'The running journey.',
    summary: 'Start a journey, which takes people in from now on, or resume it after a pause.',
    body: startBody,
    handle: startJourney,
  }),
  defineRoute({
    ...moved,
    path: '/journeys/{id}/pause',
    id: 'pauseJourney',
    returns: 'The paused journey.',
    summary:
      'Pause a journey: no step is done until it is started again. People are still taken in, and wait.',
    body: emptyBody,
    handle: steer('pause'),
  }),
  defineRoute({
    ...moved,
    path: '/journeys/{id}/stop',
    id: 'stopJourney',
    returns: 'The stopped journey.',
    summary: 'Stop a journey: it ends for everyone in it, and its planned messages are canceled.',
    body: emptyBody,
    handle: steer('stop'),
  }),
  defineRoute({
    method: 'get',
    path: '/journeys/{id}/progress',
    id: 'getJourneyProgress',
    returns: 'How many people wait for each step, and how many runs ended for which reason.',
    scope: 'programs:read',
    summary: 'Count the people at each step, and the ended runs by reason.',
    params: journeyParams,
    answer: progressAnswer,
    problems: ['not-found'],
    handle: showProgress,
  }),
  defineRoute({
    method: 'get',
    path: '/contacts/{id}/journeys',
    id: 'listJourneysOfContact',
    returns: 'All journeys of the person, the newest first.',
    scope: 'contacts:read',
    summary: 'Show where a person is in each journey, what it sent them and what not, and why, newest first.',
    params: contactParams,
    answer: contactJourneysAnswer,
    problems: ['not-found'],
    handle: async ({ context, params }) => {
      const runs = await listRunsOfContact(context, params.id);
      if (runs === null) throw new Problem('not-found', 'There is no contact of this id.');
      return { items: runs.map(shownRun) };
    },
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
function shapeOf({ trigger: begins, reentry, steps }: JourneyPlan) {
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

function triggerShape(trigger: JourneyPlan['trigger']): Record<string, unknown> {
  if (trigger.kind === 'segment') return { kind: 'segment', segment: trigger.segment.tree };
  if (trigger.kind === 'keyword') return { kind: 'keyword', words: trigger.words };
  if (trigger.kind !== 'consent') return { ...trigger };
  return trigger.topics === null ? { kind: 'consent' } : { ...trigger };
}

function shownRun({ startedAt, waits, ended, steps, ...run }: RunView) {
  return {
    journey: run.journey,
    name: run.name,
    version: run.version,
    sentence: run.sentence,
    began_at: iso(startedAt),
    waits_for: waits?.step ?? null,
    due_at: isoOrNull(waits?.dueAt),
    ended: ended === null ? null : { code: ended.reason, at: iso(ended.at) },
    steps: steps.map(({ step, at, did, delivery, sentence, reasons }) => ({
      step,
      at: iso(at),
      did,
      delivery,
      sentence,
      reasons: reasonsOf(reasons),
    })),
  };
}
