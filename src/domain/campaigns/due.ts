import { instantOf } from '../hours/local-time.ts';
import type { Whereabouts } from '../hours/zones-of-person.ts';
import { later, type When } from './when.ts';

/** When one person's message is due. `missed`: their hour had passed, and the campaign leaves such people out. */
export type DueAt = { at: Date; missed: boolean };

/** A local time that passed no longer ago than this counts as now, minutes: to plan a campaign takes some. */
const GRACE_MINUTES = 15;
const GRACE_MS = GRACE_MINUTES * 60_000;

/** What a wait does to a campaign that leaves out whoever's hour has passed. */
export const SKIPS_MEANWHILE = `Whoever's hour passes by more than ${GRACE_MINUTES} minutes until then is left out.`;

/** The bits of a digest that place a row in the spread: 48 of its last. Others may split people by its first ones. */
const PLACE = 8;
const PLACES = 64 ** PLACE;

/**
 * When a message is due, the same however often it is planned. `start`: the campaign's. `digest`: base64url, the
 * row's own. A local time that the clock shows twice is the first of them; one that it never shows, the first moment
 * after the gap. Where a person may be in several zones it is the last of these times, so that it has come in all.
 */
export function dueAt(
  { local, spreadMs }: When,
  start: Date,
  person: { where: Whereabouts; digest: string },
  programZone: string,
  now: Date,
): DueAt {
  const offset = Math.floor(placeIn(person.digest) * spreadMs);
  if (local === null) return { at: new Date(start.getTime() + offset), missed: false };
  const zones = localZones(person.where, programZone);
  const hour = Math.max(...zones.map((zone) => instantOf(zone, local).getTime()));
  const at = hour + offset;
  const missed = at < now.getTime() - GRACE_MS;
  return { at: new Date(at), missed: missed && local.missed === 'skip' };
}

/** From when on a campaign is placed: its time, or when it went, where that was well after it. */
export const placedFrom = (startAt: Date, wentAt: Date | undefined): Date =>
  later(startAt, wentAt ?? startAt);

/** The same, spread over no longer than is left before a deadline: what goes late has less than it was given. */
export function within(when: When, from: Date, deadline: Date | null): When {
  if (when.local !== null || deadline === null) return when;
  return { ...when, spreadMs: Math.min(when.spreadMs, Math.max(0, deadline.getTime() - from.getTime())) };
}

/** Zones whose clock a local time goes by: one the person told of, all that may be theirs, or else the program's. */
export function localZones({ zones, source, home }: Whereabouts, programZone: string): string[] {
  if (source === 'none') return [programZone];
  return home.length === 1 ? home : zones;
}

/** Where a digest stands between 0 and 1. */
function placeIn(digest: string): number {
  let sum = 0;
  for (const character of digest.slice(-PLACE)) sum = sum * 64 + ALPHABET.indexOf(character);
  return sum / PLACES;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
