import { HOUR_MS } from '../durations.ts';
import { grouped } from '../grouped.ts';
import type { ErrorMeaning } from './error-codes.ts';

/** One stored hour in which a sender or a network failed as a whole. */
export type IncidentHour = {
  /** "reach sender 28555 2026-03-20T16:00:00.000Z" */
  _id: string;
  of: IncidentKind;
  key: IncidentKey;
  hour: Date;
  ended: number;
  failed: number;
  numbers: number;
  /** The share that fails at other times. */
  usual: number;
  codes: readonly { code: string; messages: number }[];
  /** A person found that this was no incident: its failures count like any others. */
  dismissed?: Dismissed;
};
export type Dismissed = { by: string; at: Date; note: string };

/** Consecutive hours of one kind and key. */
export type Incident = Omit<IncidentHour, '_id' | 'hour' | 'dismissed'> & {
  hours: readonly string[];
  openedAt: Date;
  /** Null until the last hour is long past. */
  closedAt: Date | null;
  /** Null until all hours are dismissed. */
  dismissed: Dismissed | null;
  dismissedHours: number;
};

/** After this many hours without an incident hour an incident is over, and a later hour starts another one. */
const QUIET_HOURS = 3;

/** Incidents among some hours, newest first. */
export function incidentsOf(hours: readonly IncidentHour[], now: Date): Incident[] {
  const runs = [...grouped(hours, ({ of: kind, key }) => `${kind} ${key}`).values()].flatMap(runsIn);
  return runs
    .map((run) => incidentOf(run, now))
    .sort((a, b) => b.openedAt.getTime() - a.openedAt.getTime() || (placeOf(a) < placeOf(b) ? -1 : 1));
}

const placeOf = ({ key, of: kind }: Incident): string => `${key} ${kind}`;

function runsIn(hours: readonly IncidentHour[]): IncidentHour[][] {
  const runs: IncidentHour[][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const hour of [...hours].sort((a, b) => a.hour.getTime() - b.hour.getTime())) {
    const at = hour.hour.getTime();
    if (at - before > QUIET_HOURS * HOUR_MS) runs.push([hour]);
    else runs.at(-1)?.push(hour);
    before = at;
  }
  return runs;
}

function incidentOf(run: readonly IncidentHour[], now: Date): Incident {
  const [first, last] = [run[0], run.at(-1)] as [IncidentHour, IncidentHour];
  const end = new Date(last.hour.getTime() + HOUR_MS);
  const codes = new Map<string, number>();
  for (const { code, messages } of run.flatMap((incidentHour) => incidentHour.codes)) {
    codes.set(code, (codes.get(code) ?? 0) + messages);
  }
  const dismissed = run.filter((incidentHour) => incidentHour.dismissed !== undefined);
  const total = (field: 'ended' | 'failed'): number =>
    run.reduce((sum, incidentHour) => sum + incidentHour[field], 0);
  return {
    of: first.of,
    key: first.key,
    usual: first.usual,
    hours: run.map(({ _id }) => _id),
    openedAt: first.hour,
    closedAt: now.getTime() - end.getTime() > QUIET_HOURS * HOUR_MS ? end : null,
    ended: total('ended'),
    failed: total('failed'),
    numbers: Math.max(...run.map(({ numbers }) => numbers)),
    codes: [...codes].sort(([, a], [, b]) => b - a).map(([code, messages]) => ({ code, messages })),
    dismissed: dismissed.length === run.length ? (last.dismissed ?? null) : null,
    dismissedHours: dismissed.length,
  };
}

/** Describes an incident to readers of the list. */
export function incidentSentence({
  of: senderAndNetwork,
  key,
  ended,
  failed,
  usual,
  ...incident
}: Incident): string {
  const [kind = '', ...name] = key.split(' ');
  const whose = kind === 'sender' ? `from ${name.join(' ')}` : `to the network ${name.join(' ')}`;
  const how =
    senderAndNetwork === 'reach' ? 'did not get through' : 'were reported as sent to numbers without a phone';
  return `${failed} of ${ended} messages ${whose} ${how}; usually ${Math.round(usual * 100)} of 100. ${whatCounts(incident)}`;
}

function whatCounts({
  hours,
  dismissedHours: dismissed,
}: Pick<Incident, 'hours' | 'dismissedHours'>): string {
  if (dismissed === 0) return 'These failures count against no number.';
  const all = hours.length;
  if (dismissed === all) return 'Staff dismissed the incident, so these failures count like any other.';
  return `Staff dismissed ${dismissed} of its ${all} hours. Failures of these hours count; the other failures count against no number.`;
}

/**
 * Kinds of bursts. `reach`: networks or phones out of reach. `numbers`: numbers reported not to exist or to take no
 * texts.
 */
export const INCIDENT_KINDS = ['reach', 'numbers'] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

/** Null for an error that says nothing about a network. A carrier's opt-out is honoured whatever else happens. */
export function incidentKindOf({
  class: senderAndNetwork,
  action,
}: Pick<ErrorMeaning, 'class' | 'action'>): IncidentKind | null {
  if (senderAndNetwork === 'gone' || senderAndNetwork === 'not-mobile') return 'numbers';
  return senderAndNetwork === 'network' || senderAndNetwork === 'unreachable' || action === 'block'
    ? 'reach'
    : null;
}

/** How many messages sent in one hour had the same outcome. `code` null: they arrived, or failed without a code. */
export type OutcomeCount = {
  hour: Date;
  sender: string;
  network: string | null;
  code: string | null;
  messages: number;
};

/**
 * What failed together: a sender's messages, or those to one network (to one area code, where the network is
 * unknown).
 */
export type IncidentKey = `sender ${string}` | `network ${string}`;

/** Messages of one hour that failed far more often than usual. */
export type Burst = {
  of: IncidentKind;
  key: IncidentKey;
  hour: Date;
  ended: number;
  failed: number;
  /** The share that fails at other times. */
  usual: number;
  codes: Record<string, number>;
};

export const keysOf = ({ sender, network }: { sender: string; network: string | null }): IncidentKey[] => [
  `sender ${sender}`,
  ...(network === null ? [] : [`network ${network}` as const]),
];

/**
 * The least share of failures in an hour for a burst. Our choices: an uncleaned list has a fifth of dead numbers and
 * no incident. When a network is out, all its messages fail, and these are a part of a sender's messages.
 */
const LEAST: Record<IncidentKind, number> = { reach: 0.1, numbers: 0.5 };
const TIMES_USUAL = 3;
/**
 * The least number of phone numbers in an incident. Our choices: on a small network few people are texted in an hour,
 * and ignoring failures of reach costs little. But a carrier's report that a number does not exist is ignored only
 * for many numbers at once.
 */
const LEAST_NUMBERS: Record<IncidentKind, number> = { reach: 5, numbers: 10 };
/** ln of how unlikely a burst must be by chance: one in a million. */
const UNLIKELY = Math.log(1_000_000);

/** The bursts among some outcomes. The caller must find out which numbers each one hit: see `isIncident`. */
export function burstsIn(
  counts: readonly OutcomeCount[],
  meaningOf: (code: string) => ErrorMeaning | null,
  usualOf: (key: IncidentKey, kind: IncidentKind) => number,
): Burst[] {
  return [...hoursOf(counts, meaningOf).values()].flatMap(({ key, hour, ended, kinds }) =>
    INCIDENT_KINDS.flatMap((kind): Burst[] => {
      const codes = kinds[kind];
      const failed = sum(Object.values(codes));
      if (failed < LEAST_NUMBERS[kind]) return [];
      const usual = usualOf(key, kind);
      if (!isBurst({ of: kind, failed, ended, usual })) return [];
      return [{ of: kind, key, hour, ended, failed, usual, codes }];
    }),
  );
}

/** A number is known to work in an hour if it got or sent a message in this many days before. */
export const PROVEN_DAYS = 62;

/**
 * Whether a burst is an incident: whether the numbers known to work form a burst by themselves. A list of numbers
 * that never worked fails like a network, so its failures are left out. `provenShare`: the share of the failed
 * `numbers` known to work.
 */
export function isIncident(
  { of: kind, failed, ended, usual }: Burst,
  { numbers, provenShare }: { numbers: number; provenShare: number },
): boolean {
  const leftOut = failed * (1 - provenShare);
  if (numbers * provenShare < LEAST_NUMBERS[kind]) return false;
  return isBurst({ of: kind, failed: failed - leftOut, ended: ended - leftOut, usual });
}

/** Uses Chernoff's bound on the tail of the binomial distribution. */
function isBurst({
  of: kind,
  failed,
  ended,
  usual,
}: Pick<Burst, 'of' | 'failed' | 'ended' | 'usual'>): boolean {
  const share = failed / ended;
  if (share < LEAST[kind] || share < TIMES_USUAL * usual) return false;
  const rest = share === 1 ? 0 : (1 - share) * Math.log((1 - share) / (1 - usual));
  return ended * (share * Math.log(share / usual) + rest) >= UNLIKELY;
}

type Hour = {
  key: IncidentKey;
  hour: Date;
  ended: number;
  kinds: Record<IncidentKind, Record<string, number>>;
};

function hoursOf(
  counts: readonly OutcomeCount[],
  meaningOf: (code: string) => ErrorMeaning | null,
): Map<string, Hour> {
  const hours = new Map<string, Hour>();
  for (const { hour, code, messages, ...senderAndNetwork } of counts) {
    const meaning = code === null ? null : meaningOf(code);
    const kind = meaning === null ? null : incidentKindOf(meaning);
    for (const key of keysOf(senderAndNetwork)) {
      const id = `${key} ${hour.getTime()}`;
      const entry = hours.get(id) ?? { key, hour, ended: 0, kinds: { reach: {}, numbers: {} } };
      hours.set(id, entry);
      entry.ended += messages;
      if (kind !== null && code !== null) entry.kinds[kind][code] = (entry.kinds[kind][code] ?? 0) + messages;
    }
  }
  return hours;
}

/** The outcomes of one day's messages for one key. */
export type DayOutcome = { key: IncidentKey } & Record<'ended' | IncidentKind, number>;

/** Leaves out failures in hours of an incident, so that a fault of several days does not become usual. */
export function dayOutcomes(
  counts: readonly OutcomeCount[],
  meaningOf: (code: string) => ErrorMeaning | null,
  incidents: readonly Pick<Burst, 'of' | 'key' | 'hour'>[] = [],
): DayOutcome[] {
  const out = new Set(incidents.map(({ of: kind, key, hour }) => `${kind} ${key} ${hour.getTime()}`));
  const days = new Map<IncidentKey, DayOutcome>();
  for (const { key, hour, ended, kinds } of hoursOf(counts, meaningOf).values()) {
    const day = days.get(key) ?? { key, ended: 0, reach: 0, numbers: 0 };
    days.set(key, day);
    day.ended += ended;
    for (const kind of INCIDENT_KINDS) {
      const failed = sum(Object.values(kinds[kind]));
      if (out.has(`${kind} ${key} ${hour.getTime()}`)) day.ended -= failed;
      else day[kind] += failed;
    }
  }
  return [...days.values()]
    .filter(({ ended }) => ended >= DAY_LEAST)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Days with fewer messages say nothing. */
const DAY_LEAST = 20;
/** Days that must be known. Until then `UNKNOWN_USUAL` applies, a share said to be common for lists. Our choice. */
const DAYS_LEAST = 3;
const UNKNOWN_USUAL = 0.04;
const LOWEST_USUAL = 0.02;

/** The usual share of failures: the median of the days before, so that a few bad days do not become usual. */
export function usualShare(days: readonly DayOutcome[], kind: IncidentKind): number {
  const shares = days.map((day) => day[kind] / day.ended).sort((a, b) => a - b);
  if (shares.length < DAYS_LEAST) return UNKNOWN_USUAL;
  return Math.max(LOWEST_USUAL, shares[(shares.length - 1) >> 1] ?? 0);
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
