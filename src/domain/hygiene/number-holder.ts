import { isOpen } from '../consent/consent-state.ts';
import { utcDay } from '../durations.ts';
import { readNumber } from '../numbers.ts';

type Proven = {
  repliedAt?: Date;
  subscriptions: readonly { state: string; since: Date; basis: { at: Date } | null }[];
};

/**
 * The last proof of a number's holder: their last text that was no opt-out, or the newest current consent. Null where
 * no consent is current. A delivered message proves nothing, because any holder of the number gets it.
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
 * True where the number has a new holder, so that messages planned for this contact may not be sent to it. The
 * carrier's answer decides, where the contact has no open subscription and has not written since.
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

/** Zones behind UTC begin a day up to this many ms later. */
const EARLIEST_MS = 12 * 3600 * 1000;

/**
 * The first day to ask about, YYYY-MM-DD: the earliest local date anywhere at the time of the proof. A day too early
 * is harmless, because the holder was the same.
 */
export const dayOfProof = (proof: Date): string => utcDay(new Date(proof.getTime() - EARLIEST_MS));

/** The US and its territories: American Samoa, Guam, Northern Mariana Islands, Puerto Rico, US Virgin Islands. */
const REPORTED_REGIONS: readonly (string | null)[] = ['US', 'AS', 'GU', 'MP', 'PR', 'VI'];

/**
 * Whether the Reassigned Numbers Database may know a number: carriers report numbers of area codes of the US and its
 * territories. Source: 47 CFR 64.1200(l); ATIS-0300120, its guidelines for reporting, "Scope and Purpose".
 */
export function isInReassignedNumbers(e164: string): boolean {
  const reading = readNumber(e164);
  if (reading.kind !== 'phone' || !e164.startsWith('+1')) return false;
  return REPORTED_REGIONS.includes(reading.region) || reading.fictional;
}
