import { HOUR_MS } from '../durations.ts';
import { grouped } from '../grouped.ts';
import type { IncidentKey, IncidentKind } from './incidents.ts';

/** One hour in which a sender or a network failed as a whole, as it is kept. */
export type IncidentHour = {
  /** "reach sender 28555 2026-03-20T16:00:00.000Z" */
  _id: string;
  of: IncidentKind;
  key: IncidentKey;
  hour: Date;
  ended: number;
  failed: number;
  numbers: number;
  /** Share that fails in other times. */
  usual: number;
  codes: readonly { code: string; messages: number }[];
  /** Of a person who found that it was none: its failures count like any. */
  dismissed?: Dismissed;
};
export type Dismissed = { by: string; at: Date; note: string };

/** Hours of one kind and key that follow one another. */
export type Incident = Omit<IncidentHour, '_id' | 'hour' | 'dismissed'> & {
  hours: readonly string[];
  openedAt: Date;
  /** Null while its last hour is not long past. */
  closedAt: Date | null;
  /** Null until all of its hours are. */
  dismissed: Dismissed | null;
  dismissedHours: number;
};

/** Hours without one, after which the next is another incident; and an incident is over. */
const QUIET_HOURS = 3;

/** Incidents among some hours, the newest first. */
export function incidentsOf(hours: readonly IncidentHour[], now: Date): Incident[] {
  const runs = [...grouped(hours, ({ of, key }) => `${of} ${key}`).values()].flatMap(runsIn);
  return runs
    .map((run) => incidentOf(run, now))
    .sort((a, b) => b.openedAt.getTime() - a.openedAt.getTime() || (placeOf(a) < placeOf(b) ? -1 : 1));
}

const placeOf = ({ key, of }: Incident): string => `${key} ${of}`;

function runsIn(hours: readonly IncidentHour[]): IncidentHour[][] {
  const runs: IncidentHour[][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const one of [...hours].sort((a, b) => a.hour.getTime() - b.hour.getTime())) {
    const at = one.hour.getTime();
    if (at - before > QUIET_HOURS * HOUR_MS) runs.push([one]);
    else runs.at(-1)?.push(one);
    before = at;
  }
  return runs;
}

function incidentOf(run: readonly IncidentHour[], now: Date): Incident {
  const [first, last] = [run[0], run.at(-1)] as [IncidentHour, IncidentHour];
  const end = new Date(last.hour.getTime() + HOUR_MS);
  const codes = new Map<string, number>();
  for (const { code, messages } of run.flatMap((one) => one.codes)) {
    codes.set(code, (codes.get(code) ?? 0) + messages);
  }
  const dismissed = run.filter((one) => one.dismissed !== undefined);
  const total = (field: 'ended' | 'failed'): number => run.reduce((sum, one) => sum + one[field], 0);
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

/** What it was, for whoever reads the list. */
export function incidentSentence({ of, key, ended, failed, usual, ...incident }: Incident): string {
  const [kind = '', ...name] = key.split(' ');
  const whose = kind === 'sender' ? `from ${name.join(' ')}` : `to the network ${name.join(' ')}`;
  const how = of === 'reach' ? 'did not get through' : 'were said to be to no phone';
  return `${failed} of ${ended} messages ${whose} ${how}; of 100 usually ${Math.round(usual * 100)}. ${whatCounts(incident)}`;
}

function whatCounts({
  hours,
  dismissedHours: dismissed,
}: Pick<Incident, 'hours' | 'dismissedHours'>): string {
  if (dismissed === 0) return 'They are held against no number.';
  const all = hours.length;
  if (dismissed === all) return 'A person said that it was none: they count like any.';
  return `A person said of ${dismissed} of its ${all} hours that they were none: what failed in these counts; the rest is held against no number.`;
}
