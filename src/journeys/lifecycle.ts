import type { AppContext } from '../consent/app-context.ts';
import { CommandRefused, ConcurrentChange } from '../consent/command-refused.ts';
import {
  type JourneyMove,
  type JourneyPlan,
  moveJourney,
  type SegmentQuery,
  type Trigger,
} from '../domain/journeys/journey.ts';
import { wordsLost } from '../domain/journeys/triggers.ts';
import type { Program } from '../domain/program.ts';
import { stillToCome } from '../domain/segments/asks.ts';
import { sealedAsked } from '../store/contacts/profiles.ts';
import { findJourney, findVersions, type JourneyDoc, writeMove } from '../store/journeys/journeys.ts';
import { olderVersions } from '../store/journeys/runs.ts';
import { programOf } from './enrollment.ts';
import { createVersions, endJourneyRuns, moveToNewest } from './versions.ts';

/** The advice to the user. A trigger cannot be changed while people are in the journey. */
const REMEDY =
  'Save it without that clause, with "people": "move"; where it is what begins it, stop it before.';

/**
 * Says why a journey must not run: one of its versions uses a field that has been sealed since. Null where none
 * does.
 */
async function journeySealed(
  { store }: Pick<AppContext, 'store'>,
  plans: readonly Partial<Pick<JourneyPlan, 'trigger' | 'steps'>>[],
): Promise<string | null> {
  const begins = plans.flatMap(({ trigger }) => (trigger?.kind === 'segment' ? [trigger.segment] : []));
  const steps = plans.flatMap((plan) => plan.steps ?? []).flatMap(({ onlyIf }) => onlyIf ?? []);
  const fault = await sealedAsked(
    store,
    [...begins, ...steps].map(({ resolved }) => resolved),
  );
  return fault === null ? null : `${fault} ${REMEDY}`;
}

/**
 * Pauses a journey that must not run, and logs why. True where it must not run, whether it was paused now or
 * before.
 */
export async function pauseSealed(
  context: Pick<AppContext, 'log' | 'now' | 'store'>,
  journey: JourneyDoc,
  plans: readonly Partial<Pick<JourneyPlan, 'trigger' | 'steps'>>[],
): Promise<boolean> {
  const why = await journeySealed(context, plans);
  if (why === null) return false;
  if (journey.state !== 'running') return true;
  const at = context.now();
  const pausedBy = { by: 'rule' as const, why, at };
  const moved = await writeMove(context.store, journey, { state: 'paused', pausedBy, updatedAt: at });
  if (moved !== null) context.log.error({ journey: journey._id }, `a journey was paused: ${why}`);
  return true;
}

/**
 * Starts, resumes, pauses or stops a journey. `key`: the API key that acts. `belonging`: the client confirmed that the
 * people who are in the segment now may be enrolled. Null where there is no such journey. Throws `CommandRefused`.
 */
export async function changeJourneyState(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  id: string,
  how: JourneyMove,
  { key, belonging = false }: { key: string; belonging?: boolean },
): Promise<JourneyDoc | null> {
  const journey = await findJourney(context.store, id);
  if (journey === null) return null;
  const moved = moveJourney(journey.state, how);
  if (!moved.ok) throw new CommandRefused(moved.why);
  // By the application's clock, since the start is compared with the times that the application records.
  const now = context.now();
  if (how === 'start') await refuseSealed(context, journey, now);
  const anew = how === 'start' && journey.state !== 'paused';
  const begun = anew ? await beginning(context, journey, belonging, now) : {};
  const pausedBy = how === 'pause' ? { by: 'staff' as const, key, at: now } : null;
  const after = await writeMove(context.store, journey, {
    state: moved.to,
    pausedBy,
    updatedAt: now,
    ...begun,
  });
  if (after === null) throw new ConcurrentChange();
  if (how === 'stop') await endJourneyRuns(context, after, now);
  return after;
}

/**
 * A version saved before a field was sealed still uses that field. Older versions matter only for people who stay
 * in them.
 */
async function refuseSealed(
  context: Pick<AppContext, 'store'>,
  journey: JourneyDoc,
  now: Date,
): Promise<void> {
  const { _id, plan, version } = journey;
  const newest = await findVersions(context.store, [plan]);
  // People who are to move to the newest version may not have been moved yet.
  await moveToNewest(context, createVersions(context.store), journey, now);
  const older = await findVersions(context.store, await olderVersions(context.store, _id, version));
  const why = await journeySealed(context, [...newest, ...older.map(({ steps }) => ({ steps }))]);
  if (why !== null) throw new CommandRefused(why);
}

async function beginning(
  context: Pick<AppContext, 'catalog' | 'store'>,
  journey: JourneyDoc,
  belonging: boolean,
  now: Date,
) {
  const program = programOf(context, journey.program);
  if (program?.status !== 'active') throw new CommandRefused('Its program has ended.');
  const [plan] = await findVersions(context.store, [journey.plan]);
  if (plan !== undefined) refuseLost(plan.trigger, program);
  const sweeps = plan?.trigger.kind === 'segment';
  if (sweeps && !belonging) {
    const why =
      'The journey would begin for everyone who is in its segment now. Confirm that with "belonging": true.';
    throw new CommandRefused(why, 'belonging');
  }
  if (plan?.trigger.kind === 'segment') refuseEarly(plan.trigger.segment, now);
  if (journey.state === 'stopped') await endJourneyRuns(context, journey, now);
  return { startedAt: now, sweep: sweeps ? { after: null, dueAt: now } : null };
}

/**
 * Refuses a segment that asks about days to come: nobody can have done anything since then, so a `did-not` clause
 * would enroll everyone at once.
 */
function refuseEarly({ resolved }: SegmentQuery, now: Date): void {
  const why = stillToCome(resolved, now);
  if (why !== null) throw new CommandRefused(`${why} Start it on that day, or save it with another.`);
}

/** Refuses keywords that no longer mean what they did: they would start nothing, and nobody would notice. */
function refuseLost(trigger: Trigger, program: Program): void {
  const lost = trigger.kind === 'keyword' ? wordsLost(trigger.means, program) : [];
  if (lost.length === 0) return;
  const words = lost.map((word) => `“${word}”`).join(', ');
  throw new CommandRefused(
    `Its program was changed after the journey was saved, and these words no longer mean the same: ${words}. Save the journey again.`,
  );
}
