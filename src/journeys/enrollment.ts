import type { AppContext } from '../consent/app-context.ts';
import { grouped } from '../domain/grouped.ts';
import { type EligibilityFacts, firstPosition, type Position, whyRunEnds } from '../domain/journeys/steps.ts';
import { type FiredTrigger, firstEntry, isNews } from '../domain/journeys/triggers.ts';
import { type Program, programById } from '../domain/program.ts';
import { type ContactDoc, findContacts } from '../store/contacts/contacts.ts';
import { type Joined, personJoined, readJoined } from '../store/contacts/person-facts.ts';
import { isDatabaseAway } from '../store/database-errors.ts';
import { goesStill, type JourneyDoc } from '../store/journeys/journeys.ts';
import {
  beginRuns,
  type JourneyRunDoc,
  latestRuns,
  moveRuns,
  type RunMove,
  runId,
  runsOf,
  takeBackRuns,
} from '../store/journeys/runs.ts';
import { type DeferredTrigger, dropKept, keepTriggers, keptTriggers } from '../store/journeys/triggers.ts';
import type { ActiveJourney, Versions } from './versions.ts';

/** Ends the runs of these people that cannot continue, without waiting for their next step. */
export async function endIneligibleRuns(
  context: Pick<AppContext, 'catalog' | 'log' | 'store'>,
  versions: Versions,
  contacts: readonly string[],
  now: Date,
): Promise<void> {
  const people = [...new Set(contacts)];
  if (people.length === 0) return;
  const runs = await runsOf(context.store, people, { open: true });
  if (runs.length === 0) return;
  const standings = await readStandings(context, people);
  const plans = await versions(runs.map(({ plan }) => plan));
  const moves = runs.flatMap((run): RunMove[] => {
    const steps = plans.get(run.plan)?.steps ?? [];
    const left = steps.slice(
      Math.max(
        0,
        steps.findIndex(({ id }) => id === run.step),
      ),
    );
    const standing = standingOf(standings, run.contact, programOf(context, run.program));
    const reason = standing === null ? null : whyRunEnds(run, left, standing);
    return reason === null ? [] : [{ run, end: reason }];
  });
  await moveRuns(context.store, moves, now);
}

/** A trigger that fired for a contact. */
type TriggerHit = FiredTrigger & { contact: string };

/**
 * Starts the runs for these triggers. A repeated trigger, in this or another process, starts none, since a run's id
 * contains its number for the person. No run stays in a journey that was stopped meanwhile, because its trigger may
 * have changed. Returns the contacts that could not be decrypted.
 */
export async function enroll(
  context: Pick<AppContext, 'catalog' | 'log' | 'store'>,
  { journey, plan }: ActiveJourney,
  hits: readonly TriggerHit[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const unread = new Set<string>();
  const ofEach = grouped(hits, ({ contact }) => contact);
  if (ofEach.size === 0) return unread;
  const contacts = [...ofEach.keys()];
  const latest = await latestRuns(context.store, journey._id, contacts);
  const standings = await readStandings(context, contacts);
  const program = programOf(context, journey.program);
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
  const begun = await beginRuns(context.store, runs);
  if (begun.length > 0 && !(await goesStill(context.store, journey)))
    await takeBackRuns(context.store, begun);
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

const KEPT = 'a person whose journey is triggered cannot be decrypted; the trigger is kept for up to a week';
const LOST =
  'a person whose journey was triggered a week ago still cannot be decrypted; the trigger is dropped';
const FAILED = 'a kept journey trigger could not be retried; it is tried again';

/**
 * Starts runs, and stores the triggers of contacts that cannot be decrypted: a minute later, no poll reads these
 * triggers again.
 */
export async function enrollOrDefer(
  context: Pick<AppContext, 'catalog' | 'log' | 'store'>,
  live: ActiveJourney,
  hits: readonly TriggerHit[],
  now: Date,
): Promise<void> {
  const unread = await enroll(context, live, hits, now);
  if (unread.size === 0) return;
  const journey = live.journey._id;
  for (const [contact, contactHits] of grouped(hits, (hit) => hit.contact)) {
    if (!unread.has(contact)) continue;
    const triggerHits = contactHits.map(({ contact: _, ...hit }) => hit);
    if (await keepTriggers(context.store, { journey, contact, told: triggerHits }, now))
      context.log.error({ journey, contact }, KEPT);
  }
}

/**
 * Retries deferred triggers. A failure for one person does not stop the others. Triggers that are too old, or of a
 * stopped journey, are deleted.
 */
export async function retryDeferred(
  context: Pick<AppContext, 'catalog' | 'log' | 'store'>,
  live: readonly ActiveJourney[],
  now: Date,
): Promise<void> {
  for (const kept of await keptTriggers(context.store)) {
    try {
      await takeOne(context, live, kept, now);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      context.log.error({ journey: kept.journey, contact: kept.contact, error }, FAILED);
    }
  }
}

async function takeOne(
  context: Pick<AppContext, 'catalog' | 'log' | 'store'>,
  live: readonly ActiveJourney[],
  kept: DeferredTrigger,
  now: Date,
): Promise<void> {
  const { journey, contact, told: triggerHits } = kept;
  const active = live.find((candidate) => candidate.journey._id === journey);
  const since = active === undefined ? [] : triggerHits.filter(({ at }) => at >= active.startedAt);
  const hits = since.filter(({ at }) => isNews(at, now)).map((trigger) => ({ contact, ...trigger }));
  if (active !== undefined && hits.length > 0 && (await enroll(context, active, hits, now)).has(contact))
    return;
  if (since.length > hits.length) context.log.error({ journey, contact }, LOST);
  await dropKept(context.store, kept);
}

type Known = Omit<EligibilityFacts, 'program'>;

/**
 * Current facts about people, by contact. Removed contacts are missing; `standing` null: the contact cannot be
 * decrypted. The contact is read before the facts of its other numbers.
 */
export type Standings = ReadonlyMap<string, { stored: ContactDoc; standing: Known | null }>;

export async function readStandings(
  context: Pick<AppContext, 'log' | 'store'>,
  contacts: readonly string[],
): Promise<Standings> {
  const found = await findContacts(context.store, [...new Set(contacts)]);
  const joined = await readJoined(context.store, found);
  return new Map(found.map((stored) => [stored._id, { stored, standing: readOne(context, stored, joined) }]));
}

/** A person who cannot be decrypted must not stop the others. */
function readOne(context: Pick<AppContext, 'log'>, stored: ContactDoc, joined: Joined): Known | null {
  const { _id: contact, current, sealed } = stored;
  try {
    return { person: sealed === null ? null : personJoined(stored, joined), current };
  } catch (error) {
    context.log.error(
      { contact, error },
      'a person cannot be decrypted; the journeys continue without this person',
    );
    return null;
  }
}

/**
 * The facts about a contact for one program; a missing contact counts as erased. Null where the contact cannot be
 * decrypted.
 */
export function standingOf(
  standings: Standings,
  contact: string,
  program: Program | null,
): EligibilityFacts | null {
  const { standing } = standings.get(contact) ?? { standing: { person: null, current: false } };
  return standing === null ? null : { ...standing, program };
}

export const programOf = (context: Pick<AppContext, 'catalog'>, id: string): Program | null =>
  programById(context.catalog.current().book, id);
