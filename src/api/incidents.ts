import { hash } from 'node:crypto';
import { z } from 'zod';
import { isCarrierOptOut } from '../domain/consent/carrier-block.ts';
import { DAY_MS } from '../domain/durations.ts';
import { BOUNCE_DAYS } from '../domain/hygiene/bounces.ts';
import { INCIDENT_KINDS, type Incident, incidentSentence } from '../domain/hygiene/incident-rules.ts';
import { keptDays } from '../domain/retention.ts';
import { incidentsDuring } from '../receipts/incidents.ts';
import { countBouncesAnew } from '../reports/list-quality.ts';
import { countOrphans, type OrphanCount, waitingReceipts } from '../store/deliveries/waiting-receipts.ts';
import { dismissIncident } from '../store/senders/incidents.ts';
import { Problem } from './http/problems.ts';
import type { ApiRequest } from './http/route.ts';
import { iso, isoOrNull, page, paging, plainLine, time, toPage } from './http/shapes.ts';

const incident = z.strictObject({
  id: z.string(),
  of: z.enum(INCIDENT_KINDS).meta({
    description: '`reach`: networks and phones out of reach. `numbers`: numbers said to be no phone.',
  }),
  sender: z.string().nullable(),
  network: z
    .string()
    .nullable()
    .meta({ description: 'Network of the numbers; an area code where none is known.' }),
  opened_at: time,
  closed_at: time.nullable().meta({ description: 'Null while it may go on.' }),
  ended: z.number().meta({ description: 'Messages of these hours that have ended, well or not.' }),
  failed: z.number(),
  numbers: z.number().meta({ description: 'Numbers that failed in its worst hour.' }),
  usual: z.number().meta({ description: 'Share that fails in other times.' }),
  codes: z.array(z.strictObject({ code: z.string(), messages: z.number() })),
  dismissed: z.strictObject({ by: z.string(), at: time, note: z.string() }).nullable(),
  sentence: z.string(),
});
export const incidentsQuery = z.strictObject(paging('incidents', /^\d{1,15} [0-9a-f]{16}$/));
export const incidentsAnswer = page(incident);
export const incidentAnswer = incident;
export const incidentParams = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/, 'It is not the id of an incident; GET /incidents lists them.'),
});
export const dismissBody = z.strictObject({ note: plainLine(3, 200) });

/** Hours of the last two months in which a sender or a network failed as a whole, newest first. */
export async function listIncidents({ context, query }: ApiRequest<{ query: typeof incidentsQuery }>) {
  const [at, id = ''] = query.cursor?.split(' ') ?? [];
  const place = at === undefined ? null : { at: Number(at), id };
  const found = (await recent(context)).map((incident) => ({
    one: incident,
    at: incident.openedAt.getTime(),
    id: idOf(incident),
  }));
  const rest = found.filter((other) => place === null || isBehind(other, place));
  rest.sort((a, b) => (isBehind(a, b) ? 1 : -1));
  const { rows, next_cursor } = toPage('incidents', rest, query.limit, (row) => `${row.at} ${row.id}`);
  return { items: rows.map(({ one }) => shownIncident(one)), next_cursor };
}

type Place = { at: number; id: string };

/** A network outage makes many incidents in one hour; these are ordered by id. */
const isBehind = (place: Place, other: Place): boolean =>
  place.at < other.at || (place.at === other.at && place.id > other.id);

type Dismiss = ApiRequest<{ params: typeof incidentParams; body: typeof dismissBody }>;

/** Records that an incident was none: the numbers were bad. The failures count from the next nightly sweep on. */
export async function dismiss({ context, key, params, body }: Dismiss) {
  const found = (await recent(context)).find((incident) => idOf(incident) === params.id);
  if (found === undefined) {
    const old = `What failed longer than ${BOUNCE_DAYS} days ago is held against no number in any case.`;
    throw new Problem('not-found', `GET /incidents lists none of this id. ${old}`);
  }
  const dismissed = { by: `key:${key.id}`, at: context.now(), note: body.note };
  await dismissIncident(context.store, found.hours, dismissed);
  await countBouncesAnew(context);
  return shownIncident({ ...found, dismissed, dismissedHours: found.hours.length });
}

async function recent(context: ApiRequest<object>['context']): Promise<Incident[]> {
  const to = context.now();
  return incidentsDuring(context, { from: new Date(to.getTime() - BOUNCE_DAYS * DAY_MS), to });
}

/** The id is a hash of the incident's first hour. */
const idOf = ({ hours }: Incident): string => hash('sha256', hours[0] ?? '', 'hex').slice(0, 16);

export function shownIncident(incident: Incident) {
  const { of, key, ended, failed, numbers, usual, codes, dismissed } = incident;
  const [kind, ...name] = key.split(' ');
  return {
    id: idOf(incident),
    of,
    ended,
    failed,
    numbers,
    usual,
    codes: [...codes],
    sender: kind === 'sender' ? name.join(' ') : null,
    network: kind === 'network' ? name.join(' ') : null,
    opened_at: iso(incident.openedAt),
    closed_at: isoOrNull(incident.closedAt),
    dismissed: dismissed === null ? null : { ...dismissed, at: iso(dismissed.at) },
    sentence: incidentSentence(incident),
  };
}

const count = z.int().min(0);

export const orphansAnswer = z.strictObject({
  waiting: count.meta({ description: 'Receipts that still look for their delivery, for a week at most.' }),
  kept_days: count,
  days: z.array(
    z.strictObject({
      day: z.iso.date().meta({ description: 'On which they came, in UTC.' }),
      orphans: count,
      opt_outs: count.meta({ description: 'Of them, those whose error says that the person opted out.' }),
      statuses: z.record(z.string(), count).meta({ description: "By the carrier's own word." }),
    }),
  ),
});

/** Counts of delivery reports that found no delivery, newest day first. */
export async function listOrphans({ context }: ApiRequest<object>) {
  const [waiting, counts] = await Promise.all([waitingReceipts(context.store), countOrphans(context.store)]);
  const days = [...new Set(counts.map(({ day }) => day))];
  const dayOf = (day: string) =>
    ofDay(
      day,
      counts.filter((count) => count.day === day),
    );
  return { waiting, kept_days: keptDays('receipts'), days: days.map(dayOf) };
}

function ofDay(day: string, counts: readonly OrphanCount[]): z.input<typeof orphansAnswer>['days'][number] {
  const statuses: Record<string, number> = {};
  const sum = { orphans: 0, opt_outs: 0 };
  for (const { status, error, count: some } of counts) {
    statuses[status] = (statuses[status] ?? 0) + some;
    sum.orphans += some;
    if (error !== null && isCarrierOptOut(error)) sum.opt_outs += some;
  }
  return { day, ...sum, statuses };
}
