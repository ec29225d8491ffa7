import { z } from 'zod';
import { readSayer } from '../../campaigns/audience/segments.ts';
import { journeyProgress } from '../../campaigns/journeys/progress.ts';
import { JourneyFaulty } from '../../campaigns/journeys/read-plan.ts';
import { JourneyGoes, saveJourney } from '../../campaigns/journeys/save-journey.ts';
import { steerJourney } from '../../campaigns/journeys/steer-journey.ts';
import { JOURNEY_END_REASONS, type JourneyEndReason } from '../../domain/journeys/ending.ts';
import { keptSentence } from '../../domain/journeys/kept.ts';
import { JOURNEY_STATES } from '../../domain/journeys/moves.ts';
import { planSentences, treesOf } from '../../domain/journeys/sentences.ts';
import { programById } from '../../domain/program.ts';
import { findJourney, type JourneyDoc, pageJourneys } from '../../store/journeys/journeys.ts';
import { findVersions } from '../../store/journeys/versions.ts';
import { isoOrNull, slug, time } from '../fields.ts';
import { cut, page, paging } from '../paging.ts';
import { Problem } from '../problem.ts';
import { findProgram } from '../programs/find-program.ts';
import { refuse } from '../refuse.ts';
import type { Call } from '../route.ts';
import { type journeyBody, orderOf, shapeOf } from './shape.ts';

export const journeyParams = z.strictObject({ id: slug });
export const journeysQuery = z.strictObject(paging('journeys', /^[a-z0-9-]{1,40}$/));
export const steerBody = z.strictObject({});
export const startBody = z.strictObject({
  belonging: z
    .literal(true)
    .optional()
    .meta({ description: 'Needed where a segment begins it: whoever belongs to it now is taken in.' }),
});

export const journeyAnswer = z.strictObject({
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
export const journeysAnswer = page(journeyAnswer);
export const savedAnswer = journeyAnswer.extend({
  kept: z.string().optional().meta({
    description: 'What was not taken over, since the journey goes on; why, and how to change that.',
  }),
});

const people = z.number();
export const endReason = z.enum(
  Object.keys(JOURNEY_END_REASONS) as [JourneyEndReason, ...JourneyEndReason[]],
);
export const progressAnswer = z.strictObject({
  id: z.string(),
  state: z.enum(JOURNEY_STATES),
  entered: people,
  waiting: z.array(z.strictObject({ step: z.string(), people })).meta({ description: 'For each step.' }),
  ended: z.array(z.strictObject({ code: endReason, sentence: z.string(), people })),
});

export async function listJourneys({ desk, query }: Call<{ query: typeof journeysQuery }>) {
  const found = await pageJourneys(desk.store, { after: query.cursor ?? null, limit: query.limit + 1 });
  const { rows, next_cursor } = cut('journeys', found, query.limit, ({ _id }) => _id);
  return { items: await shownAll(desk, rows), next_cursor };
}

export async function showJourney({ desk, params }: Call<{ params: typeof journeyParams }>) {
  return shown(desk, orMissing(await findJourney(desk.store, params.id)));
}

const GOES =
  'It runs or is paused, and what is saved is sent: to change it the key needs messages:write as well. POST /journeys/{id}/stop ends it.';

type Put = Call<{ params: typeof journeyParams; body: typeof journeyBody }>;

/**
 * Saves a journey whole; what differs becomes another version. A draft does nothing before it is started; of one that goes
 * the new version is sent at once, so the key needs what starting it needs.
 */
export async function putJourney({ desk, key, params, body }: Put) {
  const program = findProgram(desk.catalog.current().book, body.program);
  const asked = orderOf(params.id, body, program);
  const whileItGoes = key.scopes.has('messages:write');
  const { journey, kept } = await saveJourney(desk, asked, { whileItGoes }).catch((error: unknown) => {
    if (error instanceof JourneyGoes) throw new Problem('missing-scope', GOES);
    if (!(error instanceof JourneyFaulty)) return refuse(error);
    const errors = error.faults.map(({ field, problem }) => ({ field, message: problem }));
    throw new Problem('unprocessable', 'Nothing was changed.', { errors });
  });
  desk.log.info({ key: key.id, journey: journey._id, version: journey.version }, 'a journey was saved');
  const said = keptSentence(kept);
  return { ...(await shown(desk, journey)), ...(said === null ? {} : { kept: said }) };
}

type StartCall = Call<{ params: typeof journeyParams; body: typeof startBody }>;

export async function startJourney({ desk, key, params, body }: StartCall) {
  const started = await steerJourney(desk, params.id, 'start', body.belonging === true).catch(refuse);
  desk.log.info({ key: key.id, journey: params.id }, 'a journey was started');
  return shown(desk, orMissing(started));
}

/** The handler of one move. */
export const steer =
  (how: 'pause' | 'stop') =>
  async ({ desk, key, params }: Call<{ params: typeof journeyParams; body: typeof steerBody }>) => {
    const moved = await steerJourney(desk, params.id, how).catch(refuse);
    desk.log.info({ key: key.id, journey: params.id, move: how }, 'a journey was moved');
    return shown(desk, orMissing(moved));
  };

export async function showProgress({ desk, params }: Call<{ params: typeof journeyParams }>) {
  const { _id: id, state, plan } = orMissing(await findJourney(desk.store, params.id));
  const [version] = await findVersions(desk.store, [plan]);
  const { entered, waiting, ended } = await journeyProgress(desk.store, id, version?.steps ?? []);
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

async function shown(desk: Call<object>['desk'], journey: JourneyDoc) {
  const [only] = await shownAll(desk, [journey]);
  if (only === undefined) throw new Error('one journey was shown as none');
  return only;
}

/** All by the same few reads: texts that come in meanwhile need connections to the database, too. */
async function shownAll(desk: Call<object>['desk'], journeys: readonly JourneyDoc[]) {
  const { book } = desk.catalog.current();
  const versions = await findVersions(
    desk.store,
    journeys.map(({ plan }) => plan),
  );
  const say = await readSayer(desk.store, book, versions.flatMap(treesOf));
  return journeys.map(({ _id: id, name, program, state, version, plan, startedAt }) => {
    const saved = versions.find((one) => one._id === plan);
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
