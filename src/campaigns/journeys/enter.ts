import type { Desk } from '../../consent/desk.ts';
import { entryOf } from '../../domain/journeys/entering.ts';
import { firstPosition } from '../../domain/journeys/next-step.ts';
import { beginRuns, type JourneyRunDoc, latestRuns, runId } from '../../store/journey-runs.ts';
import type { Live } from './live.ts';
import { programOf, readStandings, standingOf } from './standings.ts';

/** Something that may begin a journey for someone. */
export type Hit = { contact: string; at: Date };

/**
 * Begins the runs that triggers ask for. The same triggers again, here or in another process, begin none: each run is
 * named by how many-eth it is of its person. Returns how many began.
 */
export async function enter(
  desk: Desk,
  { journey, plan }: Live,
  hits: readonly Hit[],
  now: Date,
): Promise<number> {
  const first = firstOfEach(hits);
  if (first.length === 0) return 0;
  const contacts = first.map(({ contact }) => contact);
  const latest = await latestRuns(desk.store, journey._id, contacts);
  const standings = await readStandings(desk, contacts);
  const program = programOf(desk, journey.program);
  const runs = first.flatMap(({ contact, at }): JourneyRunDoc[] => {
    const last = latest.get(contact);
    const before = last === undefined ? null : { ...last, open: last.open === true };
    const standing = standingOf(standings, contact, program);
    const entry = entryOf({ at }, plan, before, journey.program, standing);
    const position = firstPosition(plan, at, now);
    if (entry === null || position === null) return [];
    return [
      {
        _id: runId(contact, journey._id, entry.nth),
        ...{ contact, journey: journey._id, program: journey.program, ...entry },
        ...{ version: journey.version, plan: journey.plan, triggeredAt: at },
        ...{ open: true, ...position, done: [], startedAt: now },
      },
    ];
  });
  return beginRuns(desk.store, runs);
}

/** Of several triggers of one person the earliest: the others are seen again, and judged by the run that began. */
function firstOfEach(hits: readonly Hit[]): Hit[] {
  const first = new Map<string, Hit>();
  for (const hit of hits) {
    const known = first.get(hit.contact);
    if (known === undefined || hit.at < known.at) first.set(hit.contact, hit);
  }
  return [...first.values()];
}
