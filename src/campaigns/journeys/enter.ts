import type { Desk } from '../../consent/desk.ts';
import { grouped } from '../../domain/grouped.ts';
import { firstEntry, type Told } from '../../domain/journeys/entering.ts';
import { firstPosition, type Position } from '../../domain/journeys/next-step.ts';
import { goesStill, type JourneyDoc } from '../../store/journeys/journeys.ts';
import { beginRuns, type JourneyRunDoc, latestRuns, runId, takeBackRuns } from '../../store/journeys/runs.ts';
import type { Live } from './live.ts';
import { programOf, readStandings, standingOf } from './standings.ts';

/** Something that may begin a journey for someone. */
export type Hit = Told & { contact: string };

/**
 * Begins the runs that triggers ask for. The same triggers again, here or in another process, begin none: each run is
 * named by how many-eth it is of its person. None begins of a journey that was stopped meanwhile: what begins it may be
 * something else by now. Gives back whom it could not read.
 */
export async function enter(
  desk: Desk,
  { journey, plan }: Live,
  hits: readonly Hit[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const unread = new Set<string>();
  const ofEach = grouped(hits, ({ contact }) => contact);
  if (ofEach.size === 0) return unread;
  const contacts = [...ofEach.keys()];
  const latest = await latestRuns(desk.store, journey._id, contacts);
  const standings = await readStandings(desk, contacts);
  const program = programOf(desk, journey.program);
  const runs = [...ofEach].flatMap(([contact, triggers]): JourneyRunDoc[] => {
    const last = latest.get(contact);
    const before = last === undefined ? null : { ...last, open: last.open === true };
    const standing = standingOf(standings, contact, program);
    if (standing === null) {
      unread.add(contact);
      return [];
    }
    const first = firstEntry(triggers, plan, before, journey.program, standing);
    const position = first === null ? null : firstPosition(plan, first.at, now);
    if (first === null || position === null) return [];
    return [newRun(journey, contact, { ...first, ...position }, now)];
  });
  const begun = await beginRuns(desk.store, runs);
  if (begun.length > 0 && !(await goesStill(desk.store, journey))) await takeBackRuns(desk.store, begun);
  return unread;
}

function newRun(
  { _id: journey, program, version, plan }: JourneyDoc,
  contact: string,
  { at: triggeredAt, ...entry }: NonNullable<ReturnType<typeof firstEntry>> & Position,
  startedAt: Date,
): JourneyRunDoc {
  const _id = runId(contact, journey, entry.nth);
  const place = { journey, program, version, plan };
  return { _id, contact, ...place, ...entry, triggeredAt, open: true, done: [], startedAt };
}
