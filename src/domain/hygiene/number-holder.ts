import { isOpen } from '../consent/consent-state.ts';
import { utcDay } from '../durations.ts';
import { readNumber } from '../numbers.ts';

/**
 * Days after the last proof of who holds a number from which somebody else may: a number that was given up is kept from
 * others for so long at least. Source: 47 CFR 52.15(f)(1)(ii).
 */
export const LEAST_DAYS_TO_NEW_HOLDER = 45;

type Proven = {
  repliedAt?: Date;
  subscriptions: readonly { state: string; since: Date; basis: { at: Date } | null }[];
};

/**
 * When it was last known whose number it is: their last text that was no opt-out, or the newest consent that stands.
 * Null where nothing stands. A delivered message proves nothing: whoever has the number gets it.
 */
export function lastProof({ repliedAt, subscriptions }: Proven): Date | null {
  const confirmed = subscriptions
    .filter(({ state }) => state === 'subscribed')
    .map(({ basis, since }) => basis?.at ?? since);
  if (confirmed.length === 0) return null;
  const all = repliedAt === undefined ? confirmed : [...confirmed, repliedAt];
  return new Date(Math.max(...all.map((at) => at.getTime())));
}

type Checked = {
  current: boolean;
  holderCheck?: { answer: string | null; at: Date };
  repliedAt?: Date;
  lastOptOutAt: Date | null;
  subscriptions: readonly { state: string }[];
};

/**
 * True where the number is somebody else's by now: what was planned for this holder may not go to it. By the carrier's word,
 * where nothing of theirs is open and they wrote nothing since.
 */
export function hasNewHolder({
  current,
  holderCheck,
  repliedAt,
  lastOptOutAt,
  subscriptions,
}: Checked): boolean {
  if (!current) return true;
  if (holderCheck?.answer !== 'yes') return false;
  const wroteSince = [repliedAt, lastOptOutAt].some((at) => at != null && at >= holderCheck.at);
  return !subscriptions.some(isOpen) && !wroteSince;
}

/** A day that had begun everywhere on earth at that moment ended no earlier than so many hours before it. */
const EARLIEST_MS = 12 * 3600 * 1000;

/** The day to ask from, YYYY-MM-DD: the earliest that it was anywhere. One too early asks about the same holder. */
export const dayOfProof = (proof: Date): string => utcDay(new Date(proof.getTime() - EARLIEST_MS));

/** The US and its territories: American Samoa, Guam, Northern Mariana Islands, Puerto Rico, US Virgin Islands. */
const REPORTED_REGIONS: readonly (string | null)[] = ['US', 'AS', 'GU', 'MP', 'PR', 'VI'];

/**
 * Whether the Reassigned Numbers Database may know of it: carriers report numbers of area codes of the US and its
 * territories. Source: 47 CFR 64.1200(l); ATIS-0300120, its guidelines for reporting, "Scope and Purpose".
 */
export function isInReassignedNumbers(e164: string): boolean {
  const reading = readNumber(e164);
  if (reading.kind !== 'phone' || !e164.startsWith('+1')) return false;
  return REPORTED_REGIONS.includes(reading.region) || reading.fictional;
}
