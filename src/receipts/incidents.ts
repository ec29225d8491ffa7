import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { AppContext } from '../consent/app-context.ts';
import { recordAudit } from '../consent/audit/audit.ts';
import { type Actor, actorText } from '../domain/access/actor.ts';
import { DAY_MS, HOUR_MS, utcDay } from '../domain/durations.ts';
import { BOUNCE_DAYS, type NumberEnding } from '../domain/hygiene/bounces.ts';
import { type ClassedCodes, type ErrorMeaning, meaningsWith } from '../domain/hygiene/error-codes.ts';
import {
  type Burst,
  burstsIn,
  type DayOutcome,
  dayOutcomes,
  type Incident,
  type IncidentHour,
  type IncidentKey,
  incidentKindOf,
  incidentsOf,
  isIncident,
  keysOf,
  type OutcomeCount,
  PROVEN_DAYS,
  usualShare,
} from '../domain/hygiene/incident-rules.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { DoneInPart } from '../domain/reports/job-counts.ts';
import { countBouncesAnew } from '../reports/list-quality.ts';
import { firstHandedOver } from '../store/deliveries/outcomes.ts';
import { readClassedCodes } from '../store/senders/error-codes.ts';
import {
  countOutcomes,
  dismissIncident,
  failedNumbers,
  type IncidentHours,
  type IncidentLook,
  incidentId,
  LATE_DAYS,
  lastProofs,
  moveLook,
  NO_NUMBERS,
  readDayOutcomes,
  readIncidents,
  readLook,
  writeDayOutcomes,
  writeIncidents,
} from '../store/senders/incidents.ts';

/** Days from which the usual share of failures is computed. */
const USUAL_DAYS = 30;

/** The first moment of a day (UTC). */
const dayStart = (at: Date): Date => new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS);

type SearchedBy = { programs: readonly string[]; meaningOf: (code: string) => ErrorMeaning | null };

/**
 * Searches for incidents in the messages of the last days, and of all days since the last search. An incident's
 * failures are the fault of a sender or a network, not of a number. Computes incidents anew from the deliveries each
 * time, so that delivery reports in any order give the same result, and a second search writes nothing.
 *
 * Returns how many hours of incidents changed; null where the search was told to stop, and the next search continues
 * there. Where one day cannot be read, searches the others and rejects at the end; the next search begins with that
 * day. `said`: the classified codes, for a caller that judges by them afterwards; absent: read now.
 */
export async function findIncidents(
  context: AppContext,
  goOn: () => boolean = () => true,
  said?: ClassedCodes,
): Promise<{ changed: number } | null> {
  const to = context.now();
  const programs = context.catalog.current().book.programs.map(({ id }) => id);
  const classed = said ?? (await readClassedCodes(context.store));
  const look = { programs, meaningOf: meaningsWith(classed) };
  const known = outageCodes(classed);
  let mark = await readLook(context.store);
  const looked = lookedUntil(mark, known);
  const counts = { changed: 0 };
  const failures: unknown[] = [];
  const note = async (day: string): Promise<void> => {
    if (failures.length > 0 || (looked !== null && day <= looked)) return;
    const next = { day, codes: known };
    if (await moveLook(context.store, { from: mark, to: next, at: to })) mark = next;
  };
  for (let from = lookFrom(looked, to); ; ) {
    if (!goOn()) return null;
    const first = await firstHandedOver(context.store, programs, { from, to });
    if (first === null) break;
    const hours = hoursOfDay(first, to);
    const changed = await lookAtDay(context, look, hours, goOn).catch((error: unknown) => {
      failures.push(error);
      return 0;
    });
    if (changed === null) return null;
    counts.changed += changed;
    await note(utcDay(first));
    from = hours.to;
  }
  if (failures.length > 0) throw new DoneInPart(counts, failures[0]);
  await note(utcDay(to));
  return counts;
}

/** Codes that people have classified as a possible outage. */
function outageCodes(classed: ClassedCodes): string[] {
  const meaningOf = meaningsWith(classed);
  const codes = [...classed.keys()].filter((code) => {
    const meaning = meaningOf(code);
    return meaning !== null && incidentKindOf(meaning) !== null;
  });
  return codes.sort();
}

/**
 * The day that the last search reached. Null where there was no search, and where people have since classified other
 * codes as an outage: all days must then be searched again.
 */
const lookedUntil = (mark: IncidentLook | null, known: readonly string[]): string | null =>
  mark !== null && isDeepStrictEqual(mark.codes, known) ? mark.day : null;

/** The hours of the day (UTC) of a moment, as far as they are over. */
function hoursOfDay(at: Date, now: Date): IncidentHours {
  const from = dayStart(at);
  return { from, to: new Date(Math.min(from.getTime() + DAY_MS, now.getTime())) };
}

/** Numbers are judged by everything no older than `BOUNCE_DAYS`. A day without a search would count against them. */
function lookFrom(looked: string | null, to: Date): Date {
  const today = dayStart(to).getTime() / DAY_MS;
  const last = looked === null ? 0 : Math.min(Date.parse(looked) / DAY_MS, today);
  return new Date(Math.max(last - LATE_DAYS, today - BOUNCE_DAYS) * DAY_MS);
}

/**
 * Computes the incidents of a day, as far as the day is over. Null where the search was told to stop; the incidents
 * then stay as they were.
 */
async function lookAtDay(
  context: Pick<AppContext, 'log' | 'now' | 'store'>,
  { programs, meaningOf }: SearchedBy,
  hours: IncidentHours,
  goOn: () => boolean,
): Promise<number | null> {
  const of = await countOutcomes(context.store, programs, hours, goOn);
  if (of === null || !goOn()) return null;
  const day = utcDay(hours.from);
  const bursts = of.length === 0 ? [] : burstsIn(of, meaningOf, await usualBefore(context, day));
  const hits = await hitBy(context, programs, bursts);
  const found = bursts.flatMap((burst, at) => {
    const hit = hits[at] ?? NOBODY;
    return isIncident(burst, hit) ? [hourOf(burst, hit.numbers)] : [];
  });
  const denied = await deniedIn(context, hours);
  const incidents = found.filter(({ _id }) => !denied.has(_id));
  if (of.length > 0) await noteDay(context, { day, of, meaningOf, incidents });
  const changed = await writeIncidents(context.store, hours, found);
  if (changed > 0) {
    const fields = { day, hours: found.length };
    context.log.warn(fields, 'many messages of one sender or network fail: see GET /incidents');
  }
  return changed;
}

/** Hours that a person dismissed: no incident. */
async function deniedIn({ store }: Pick<AppContext, 'store'>, hours: IncidentHours): Promise<Set<string>> {
  const before = await readIncidents(store, hours);
  return new Set(before.flatMap(({ _id, dismissed }) => (dismissed === undefined ? [] : _id)));
}

/** At most this many numbers of a burst are examined; they stand for the rest. */
const LOOKED_AT = 500;

type Hit = { numbers: number; provenShare: number };
const NOBODY: Hit = { numbers: 0, provenShare: 0 };

/** The numbers that each burst of a day hit. One query serves all bursts, because a bad day has thousands. */
async function hitBy(
  { store }: Pick<AppContext, 'store'>,
  programs: readonly string[],
  bursts: readonly Burst[],
): Promise<Hit[]> {
  if (bursts.length === 0) return [];
  const failed = await failedNumbers(store, programs, bursts, LOOKED_AT);
  const first = Math.min(...bursts.map(provenSince));
  const looked = new Set(failed.flatMap((failedNumbers) => failedNumbers.some));
  const proofs = await lastProofs(store, [...looked], new Date(first));
  return bursts.map((burst, at) => {
    const { numbers, some } = failed[at] ?? NO_NUMBERS;
    const proven = some.filter((contact) => (proofs.get(contact) ?? 0) >= provenSince(burst));
    return { numbers, provenShare: proven.length / Math.max(1, some.length) };
  });
}

const provenSince = ({ hour }: Burst): number => hour.getTime() - PROVEN_DAYS * DAY_MS;

function hourOf({ codes, ...burst }: Burst, numbers: number): IncidentHour {
  const list = Object.entries(codes).map(([code, messages]) => ({ code, messages }));
  return { _id: incidentId(burst.of, burst.key, burst.hour), ...burst, numbers, codes: list };
}

type Noting = {
  day: string;
  of: readonly OutcomeCount[];
  meaningOf: SearchedBy['meaningOf'];
  incidents: readonly IncidentHour[];
};

/** Saves the outcomes of a day that is over, for the usual share of later days. */
async function noteDay(
  context: Pick<AppContext, 'now' | 'store'>,
  { day, of, meaningOf, incidents }: Noting,
): Promise<void> {
  const at = context.now();
  if (day === utcDay(at)) return;
  await writeDayOutcomes(context.store, day, { outcomes: dayOutcomes(of, meaningOf, incidents), at });
}

/** The usual share of failures, by the days before `day`. */
async function usualBefore(
  context: Pick<AppContext, 'store'>,
  day: string,
): Promise<Parameters<typeof burstsIn>[2]> {
  const first = utcDay(new Date(Date.parse(day) - USUAL_DAYS * DAY_MS));
  const days = await readDayOutcomes(context.store, first, day);
  const byKey = new Map<IncidentKey, DayOutcome[]>();
  for (const day of [...days.values()].flat()) byKey.set(day.key, [...(byKey.get(day.key) ?? []), day]);
  return (key, of) => usualShare(byKey.get(key) ?? [], of);
}

/** Returns which failures the incidents exclude from judging numbers. A dismissed incident excludes none. */
export function excludedByIncident(
  incidents: readonly IncidentHour[],
): (failure: Pick<NumberEnding, 'sender' | 'network' | 'leftAt'>, meaning: ErrorMeaning) => boolean {
  const frozen = new Set(
    incidents.filter((incident) => incident.dismissed === undefined).map(({ _id }) => _id),
  );
  return (failure, meaning) => {
    const of = incidentKindOf(meaning);
    if (of === null || frozen.size === 0) return false;
    const hour = new Date(Math.floor(failure.leftAt.getTime() / HOUR_MS) * HOUR_MS);
    return keysOf(failure).some((key) => frozen.has(incidentId(of, key, hour)));
  };
}

/** Incidents are read this far beyond the requested time, ms. A longer incident is shown cut. */
const OUTSIDE_MS = 14 * DAY_MS;

/**
 * Incidents with at least one hour in a time, newest first. Each is read whole, so that it has the same hours and id
 * wherever it is shown.
 */
export async function incidentsDuring(
  context: Pick<AppContext, 'now' | 'store'>,
  { from, to }: { from: Date; to: Date },
): Promise<Incident[]> {
  const hours = await readIncidents(context.store, {
    from: new Date(from.getTime() - OUTSIDE_MS),
    to: new Date(to.getTime() + OUTSIDE_MS),
  });
  return incidentsOf(hours, context.now()).filter(
    ({ openedAt, closedAt }) => openedAt < to && (closedAt === null || closedAt > from),
  );
}

/** The id of an incident in answers: a hash of its first hour. */
export const incidentIdOf = ({ hours }: Pick<Incident, 'hours'>): string =>
  hash('sha256', hours[0] ?? '', 'hex').slice(0, 16);

/** The position of an incident in the list: when it was opened, ms, then its id. */
type IncidentPosition = { at: number; id: string };

const positionOf = (incident: Incident): IncidentPosition => ({
  at: incident.openedAt.getTime(),
  id: incidentIdOf(incident),
});

/** A network outage makes many incidents in one hour; these are ordered by id. */
const isBehind = (position: IncidentPosition, other: IncidentPosition): boolean =>
  position.at < other.at || (position.at === other.at && position.id > other.id);

/** Lists the incidents whose failures may still count against a number, the newest first. */
export async function listIncidents(
  context: Pick<AppContext, 'now' | 'store'>,
  { after, limit }: PageRequest<IncidentPosition>,
): Promise<Page<Incident, IncidentPosition>> {
  const found = (await recentIncidents(context)).map((incident) => ({
    incident,
    position: positionOf(incident),
  }));
  const rest = found.filter(({ position }) => after === null || isBehind(position, after));
  rest.sort((a, b) => (isBehind(a.position, b.position) ? 1 : -1));
  const { items, next } = cutPage(rest, limit, ({ position }) => position);
  return { items: items.map(({ incident }) => incident), next };
}

function recentIncidents(context: Pick<AppContext, 'now' | 'store'>): Promise<Incident[]> {
  const to = context.now();
  return incidentsDuring(context, { from: new Date(to.getTime() - BOUNCE_DAYS * DAY_MS), to });
}

/** An incident whose failures may still count against a number. Null when there is none of this id. */
export async function showIncident(
  context: Pick<AppContext, 'now' | 'store'>,
  id: string,
): Promise<Incident | null> {
  return (await recentIncidents(context)).find((incident) => incidentIdOf(incident) === id) ?? null;
}

/**
 * Records that an incident was none: the numbers were bad. The failures count from the next nightly sweep on. Null when
 * there is no such incident among those whose failures may still count.
 */
export async function dismissAsNoIncident(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>,
  id: string,
  { actor, note }: { actor: Actor; note: string },
): Promise<Incident | null> {
  const found = await showIncident(context, id);
  if (found === null) return null;
  const dismissed = { by: actorText(actor), at: context.now(), note };
  await dismissIncident(context.store, found.hours, dismissed);
  await countBouncesAnew(context);
  const subject = { kind: 'incident', id } as const;
  await recordAudit(context, { actor, act: 'incident-dismissed', subject, reason: note });
  return { ...found, dismissed, dismissedHours: found.hours.length };
}
