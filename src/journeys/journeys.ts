import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import { type Actor, storedActor } from '../domain/access/actor.ts';
import {
  type JourneyMove,
  type JourneyPlan,
  type JourneyState,
  keptSentence,
} from '../domain/journeys/journey.ts';
import {
  doneSentence,
  planSentences,
  runSentence,
  type StepOutcome,
  treesOf,
} from '../domain/journeys/sentences.ts';
import type { JourneyEndReason } from '../domain/journeys/steps.ts';
import { programById } from '../domain/program.ts';
import type { Reason } from '../domain/sending/send-rules.ts';
import { readSentenceWriter } from '../segments/segments.ts';
import { apiKeyNames } from '../store/api-keys.ts';
import { findContact } from '../store/contacts/contacts.ts';
import {
  findJourney,
  findVersions,
  type JourneyDoc,
  type JourneyPause,
  pageJourneys,
  startedJourneys,
} from '../store/journeys/journeys.ts';
import { type JourneyRunDoc, journeyProgress, runsOf } from '../store/journeys/runs.ts';
import { changeJourneyState } from './lifecycle.ts';
import { type JourneyOrder, saveJourney } from './save.ts';

/** A journey with its newest version, in sentences and as it was saved. */
export type JourneyView = {
  id: string;
  name: string;
  program: string;
  state: JourneyState;
  version: number;
  /** What begins the journey, who may go through it again, and what each step does. */
  sentences: string[];
  plan: JourneyPlan;
  startedAt: Date | null;
  /** `name`: the name of the key; null where the key has been deleted. */
  pausedBy: PauseView | null;
};

type PauseView =
  | Extract<JourneyPause, { by: 'rule' }>
  | (Extract<JourneyPause, { by: 'staff' }> & { name: string | null });

/** One page of the journeys in the order of their ids. */
export async function listJourneys(
  context: Pick<AppContext, 'catalog' | 'store'>,
  page: { after: string | null; limit: number },
): Promise<JourneyView[]> {
  return viewsOf(context, await pageJourneys(context.store, page));
}

/** Null when there is no such journey. */
export async function showJourney(
  context: Pick<AppContext, 'catalog' | 'store'>,
  id: string,
): Promise<JourneyView | null> {
  const journey = await findJourney(context.store, id);
  return journey === null ? null : viewOf(context, journey);
}

const journeySubject = (id: string) => ({ kind: 'journey', id }) as const;

type Save = { actor: Actor; order: JourneyOrder; whileItGoes: boolean };

/**
 * Saves a whole journey; a difference makes a new version. A draft does nothing before it is started. A journey that
 * runs or is paused uses the new version at once, which `whileItGoes` must allow. `kept`: what such a journey did not
 * take over, as a sentence. Throws as `saveJourney` does.
 */
export async function saveWholeJourney(
  context: AppContext,
  { actor, order, whileItGoes }: Save,
): Promise<{ journey: JourneyView; kept: string | null }> {
  const { journey, kept } = await saveJourney(context, order, { whileItGoes });
  const { _id: id, version } = journey;
  await recordAudit(context, {
    actor,
    act: 'journey-saved',
    subject: journeySubject(id),
    details: { version },
  });
  return { journey: await viewOf(context, journey), kept: keptSentence(kept) };
}

type Move = { actor: Actor; id: string; move: JourneyMove; belonging?: boolean };

/** Starts, resumes, pauses or stops a journey, as `changeJourneyState` does. Null when there is no such journey. */
export async function commandJourney(
  context: AppContext,
  { actor, id, move, belonging = false }: Move,
): Promise<JourneyView | null> {
  const journey = await changeJourneyState(context, id, move, { key: storedActor(actor), belonging });
  if (journey === null) return null;
  const act = move === 'start' ? 'journey-started' : 'journey-moved';
  await recordAudit(context, { actor, act, subject: journeySubject(id), details: { move } });
  return viewOf(context, journey);
}

type JourneyCounts = Awaited<ReturnType<typeof journeyProgress>> & { state: JourneyState };

/** The people at each step, and those whose run ended, by reason. Null when there is no such journey. */
export async function showJourneyProgress(
  context: Pick<AppContext, 'store'>,
  id: string,
): Promise<JourneyCounts | null> {
  const journey = await findJourney(context.store, id);
  if (journey === null) return null;
  const [version] = await findVersions(context.store, [journey.plan]);
  const counts = await journeyProgress(context.store, id, version?.steps ?? []);
  return { state: journey.state, ...counts };
}

/** A person's way through a journey. */
export type RunView = {
  journey: string;
  name: string;
  version: number;
  sentence: string;
  startedAt: Date;
  /** The step that the person waits for, and until when; null once the run has ended. */
  waits: { step: string; dueAt: Date } | null;
  ended: { reason: JourneyEndReason; at: Date } | null;
  steps: {
    step: string;
    at: Date;
    did: StepOutcome;
    sentence: string;
    delivery: string | null;
    reasons: readonly Reason[];
  }[];
};

/**
 * Where a person is in every journey, or how each ended, newest first: why the person got what they got, and why not.
 * Null when there is no such contact.
 */
export async function listRunsOfContact(
  context: Pick<AppContext, 'store'>,
  contact: string,
): Promise<RunView[] | null> {
  if ((await findContact(context.store, contact)) === null) return null;
  const [runs, journeys] = await Promise.all([
    runsOf(context.store, [contact]),
    startedJourneys(context.store),
  ]);
  const byId = new Map(journeys.map((journey) => [journey._id, journey]));
  return runs.map((run) => runView(run, byId.get(run.journey)));
}

function runView(run: JourneyRunDoc, journey: JourneyDoc | undefined): RunView {
  const name = journey?.name ?? run.journey;
  const { reason, endedAt, step, dueAt } = run;
  const ended = reason === undefined || endedAt === undefined ? null : { reason, at: endedAt };
  return {
    journey: run.journey,
    name,
    version: run.version,
    sentence: runSentence(name, { ...run, ended }, journey?.state === 'paused'),
    startedAt: run.startedAt,
    waits: ended === null ? { step, dueAt } : null,
    ended,
    steps: run.done.map(({ delivery = null, reasons = [], ...done }) => ({
      ...done,
      sentence: doneSentence(done.did, reasons),
      delivery,
      reasons,
    })),
  };
}

async function viewOf(
  context: Pick<AppContext, 'catalog' | 'store'>,
  journey: JourneyDoc,
): Promise<JourneyView> {
  const [view] = await viewsOf(context, [journey]);
  if (view === undefined) throw new Error('a journey has no view');
  return view;
}

/** A few reads for all journeys together, so that connections to the database stay free for inbound texts. */
async function viewsOf(
  { store, catalog }: Pick<AppContext, 'catalog' | 'store'>,
  journeys: readonly JourneyDoc[],
): Promise<JourneyView[]> {
  const { book } = catalog.current();
  const versions = await findVersions(
    store,
    journeys.map(({ plan }) => plan),
  );
  const say = await readSentenceWriter(store, book, versions.flatMap(treesOf));
  const keyNames = await apiKeyNames(
    store,
    journeys.flatMap(({ pausedBy }) => (pausedBy?.by === 'staff' ? pausedBy.key : [])),
  );
  return journeys.map(
    ({ _id: id, name, program, state, version, plan: planId, startedAt, pausedBy: pause }) => {
      const plan = versions.find(({ _id }) => _id === planId);
      if (plan === undefined) throw new Error('a journey has no version');
      const words = {
        program: programById(book, program) ?? { name: program, topics: [], keywords: {} },
        say,
      };
      const sentences = planSentences(plan, words);
      const pausedBy = pause?.by === 'staff' ? { ...pause, name: keyNames.get(pause.key) ?? null } : pause;
      return { id, name, program, state, version, sentences, plan, startedAt, pausedBy };
    },
  );
}
