import type { Desk } from '../../consent/desk.ts';
import { type JourneyMove, moveJourney } from '../../domain/journeys/moves.ts';
import { findVersions } from '../../store/journey-versions.ts';
import { findJourney, type JourneyDoc, writeMove } from '../../store/journeys.ts';
import { journeySealed } from './pause-sealed.ts';
import { endJourneyRuns } from './settle-versions.ts';
import { programOf } from './standings.ts';

/** What was asked of a journey cannot be done; the sentence says why, `field` what it is about. */
export class JourneyRefused extends Error {
  override name = 'JourneyRefused';
  readonly field: string | null;
  constructor(why: string, field: string | null = null) {
    super(why);
    this.field = field;
  }
}

/**
 * Starts a journey, or lets it go on; pauses or stops it. `belonging`: that a segment's people of now may be taken in
 * was said. Null where there is no such journey. Throws `JourneyRefused`.
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
  if (!moved.ok) throw new JourneyRefused(moved.why);
  if (how === 'start') await refuseSealed(desk, journey);
  // By the clock of those who record what happens: it is compared with what they write.
  const now = desk.now();
  const anew = how === 'start' && journey.state !== 'paused';
  const begun = anew ? await beginning(desk, journey, belonging, now) : {};
  const after = await writeMove(desk.store, journey, { state: moved.to, updatedAt: now, ...begun });
  if (after === null) throw new JourneyRefused('Someone else moved it at the same moment. Read it again.');
  if (how === 'stop') await endJourneyRuns(desk, after, now);
  return after;
}

/** A version that was saved before a field was sealed asks it still. */
async function refuseSealed(desk: Desk, { plan }: JourneyDoc): Promise<void> {
  const why = await journeySealed(desk, await findVersions(desk.store, [plan]));
  if (why !== null) throw new JourneyRefused(why);
}

async function beginning(desk: Desk, journey: JourneyDoc, belonging: boolean, now: Date) {
  if (programOf(desk, journey.program)?.status !== 'active')
    throw new JourneyRefused('Its program has ended.');
  const [plan] = await findVersions(desk.store, [journey.plan]);
  const sweeps = plan?.trigger.kind === 'segment';
  if (sweeps && !belonging) {
    const why = 'It would begin for everyone who belongs to its segment now. Say so: "belonging": true.';
    throw new JourneyRefused(why, 'belonging');
  }
  if (journey.state === 'stopped') await endJourneyRuns(desk, journey, now);
  return { startedAt: now, sweep: sweeps ? { after: null, dueAt: now } : null };
}
