import type { Desk } from '../../consent/desk.ts';
import type { Asked, Trigger } from '../../domain/journeys/journey.ts';
import { wordsLost } from '../../domain/journeys/keywords.ts';
import { type JourneyMove, moveJourney } from '../../domain/journeys/moves.ts';
import type { Program } from '../../domain/program.ts';
import { stillToCome } from '../../domain/segments/check/activity.ts';
import { findJourney, type JourneyDoc, writeMove } from '../../store/journeys/journeys.ts';
import { olderVersions } from '../../store/journeys/run-moves.ts';
import { findVersions } from '../../store/journeys/versions.ts';
import { MovedMeanwhile, Refused } from '../refused.ts';
import { createVersions } from './live.ts';
import { journeySealed } from './pause-sealed.ts';
import { endJourneyRuns, followNewest } from './settle-versions.ts';
import { programOf } from './standings.ts';

/**
 * Starts a journey, or lets it go on; pauses or stops it. `belonging`: that a segment's people of now may be taken in
 * was said. Null where there is no such journey. Throws `Refused`.
 */
export async function steerJourney(
  desk: Desk,
  id: string,
  how: JourneyMove,
  belonging = false,
): Promise<JourneyDoc | null> {
  const journey = await findJourney(desk.store, id);
  if (journey === null) return null;
  const moved = moveJourney(journey.state, how);
  if (!moved.ok) throw new Refused(moved.why);
  // By the clock of those who record what happens: it is compared with what they write.
  const now = desk.now();
  if (how === 'start') await refuseSealed(desk, journey, now);
  const anew = how === 'start' && journey.state !== 'paused';
  const begun = anew ? await beginning(desk, journey, belonging, now) : {};
  const after = await writeMove(desk.store, journey, { state: moved.to, updatedAt: now, ...begun });
  if (after === null) throw new MovedMeanwhile();
  if (how === 'stop') await endJourneyRuns(desk, after, now);
  return after;
}

/** A version that was saved before a field was sealed asks it still; of older ones, that of people who stay in them. */
async function refuseSealed(desk: Desk, journey: JourneyDoc, now: Date): Promise<void> {
  const { _id, plan, version } = journey;
  const newest = await findVersions(desk.store, [plan]);
  // Whoever is to be in the newest need not be there yet.
  await followNewest(desk, createVersions(desk.store), journey, now);
  const older = await findVersions(desk.store, await olderVersions(desk.store, _id, version));
  const why = await journeySealed(desk, [...newest, ...older.map(({ steps }) => ({ steps }))]);
  if (why !== null) throw new Refused(why);
}

async function beginning(desk: Desk, journey: JourneyDoc, belonging: boolean, now: Date) {
  const program = programOf(desk, journey.program);
  if (program?.status !== 'active') throw new Refused('Its program has ended.');
  const [plan] = await findVersions(desk.store, [journey.plan]);
  if (plan !== undefined) refuseLost(plan.trigger, program);
  const sweeps = plan?.trigger.kind === 'segment';
  if (sweeps && !belonging) {
    const why = 'It would begin for everyone who belongs to its segment now. Say so: "belonging": true.';
    throw new Refused(why, 'belonging');
  }
  if (plan?.trigger.kind === 'segment') refuseEarly(plan.trigger.segment, now);
  if (journey.state === 'stopped') await endJourneyRuns(desk, journey, now);
  return { startedAt: now, sweep: sweeps ? { after: null, dueAt: now } : null };
}

/** Everyone would be taken in at once who has not done yet what nobody can have done. */
function refuseEarly({ resolved }: Asked, now: Date): void {
  const why = stillToCome(resolved, now);
  if (why !== null) throw new Refused(`${why} Start it on that day, or save it with another.`);
}

/** Words that mean something else by now would begin nothing, and nobody would be told. */
function refuseLost(trigger: Trigger, program: Program): void {
  const lost = trigger.kind === 'keyword' ? wordsLost(trigger.means, program) : [];
  if (lost.length === 0) return;
  const words = lost.map((word) => `“${word}”`).join(', ');
  throw new Refused(
    `Since it was saved its program was changed, and these words do not mean what they did: ${words}. Save it again.`,
  );
}
