import { z } from 'zod';
import { BOUNCE_DAYS } from '../domain/hygiene/bounces.ts';
import { INCIDENT_KINDS, type Incident, incidentSentence } from '../domain/hygiene/incident-rules.ts';
import { keptDays } from '../domain/retention.ts';
import { reportOrphans } from '../receipts/adopt-receipts.ts';
import { dismissAsNoIncident, incidentIdOf, listIncidents } from '../receipts/incidents.ts';
import { Problem } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { answerPage, count, iso, isoOrNull, page, paging, plainLine, shape, time } from './http/shapes.ts';

const incident = shape('Incident', {
  id: z.string(),
  of: z.enum(INCIDENT_KINDS).meta({
    id: 'IncidentKind',
    description:
      '`reach`: networks or phones were out of reach. `numbers`: numbers were reported to be no phone.',
  }),
  sender: z.string().nullable().meta({ description: 'Our number that failed; null for a network.' }),
  network: z
    .string()
    .nullable()
    .meta({ description: 'Network of the numbers; an area code when no network is known.' }),
  opened_at: time,
  closed_at: time.nullable().meta({ description: 'Null while the incident may continue.' }),
  ended: z.number().meta({ description: 'Messages of these hours that have ended, delivered or not.' }),
  failed: z.number(),
  numbers: z.number().meta({ description: 'Numbers that failed in the worst hour of the incident.' }),
  usual: z.number().meta({ description: 'Share of messages that fails at other times.' }),
  codes: z.array(shape('IncidentCode', { code: z.string(), messages: z.number() })),
  dismissed: shape('IncidentDismissal', { by: z.string(), at: time, note: z.string() })
    .nullable()
    .meta({ description: 'Who said that it was no incident. Null: nobody.' }),
  sentence: z.string(),
});
export const incidentsAnswer = page(incident);

export function shownIncident(incident: Incident) {
  const { of, key, ended, failed, numbers, usual, codes, dismissed } = incident;
  const [kind, ...name] = key.split(' ');
  return {
    id: incidentIdOf(incident),
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

function incidentAt(cursor: string | undefined) {
  if (cursor === undefined) return null;
  const [at, id = ''] = cursor.split(' ');
  return { at: Number(at), id };
}

/** Hours of the last two months in which a sender or a network failed as a whole. */
export const INCIDENT_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/incidents',
    id: 'listIncidents',
    returns: 'One page of incidents, the newest first.',
    scope: 'reports:read',
    summary: 'List when a sender or a network failed as a whole. What failed then counts against no number.',
    query: z.strictObject(paging('incidents', /^\d{1,15} [0-9a-f]{16}$/)),
    answer: incidentsAnswer,
    handle: async ({ context, query: { cursor, limit } }) => {
      const found = await listIncidents(context, { after: incidentAt(cursor), limit });
      return answerPage('incidents', found, shownIncident, ({ at, id }) => `${at} ${id}`);
    },
  }),
  defineRoute({
    method: 'post',
    path: '/incidents/{id}/dismiss',
    id: 'dismissIncident',
    returns: 'The incident, with who dismissed it.',
    scope: 'programs:write',
    summary: 'Say that an incident was none, so that its failures count.',
    params: z.strictObject({
      id: z
        .string()
        .regex(/^[0-9a-f]{16}$/, 'It must be the id of an incident, as GET /incidents lists it.')
        .meta({ description: 'The id of an incident, from GET /incidents.' }),
    }),
    body: shape('DismissIncidentRequest', {
      note: plainLine(3, 200).meta({ description: 'Why it was no incident. Stored in the clear.' }),
    }),
    answer: incident,
    problems: ['not-found'],
    handle: async ({ context, key, params, body }) => {
      const dismissed = await dismissAsNoIncident(context, params.id, {
        actor: actorOf(key),
        note: body.note,
      });
      if (dismissed === null) throw new Problem('not-found', NO_INCIDENT);
      return shownIncident(dismissed);
    },
  }),
];

const NO_INCIDENT = `GET /incidents lists no incident of this id. What failed longer than ${BOUNCE_DAYS} days ago counts against no number in any case.`;

export const orphansAnswer = shape('OrphanReceipts', {
  waiting: count.meta({
    description: 'Delivery reports that still wait for their delivery. They wait for a week at most.',
  }),
  kept_days: count.meta({ description: 'For how many days the counts are kept.' }),
  days: z.array(
    shape('OrphanReceiptDay', {
      day: z.iso.date().meta({ description: 'The day on which they came, in UTC.' }),
      orphans: count,
      opt_outs: count.meta({
        description: 'Of these, the reports whose error says that the person opted out.',
      }),
      statuses: z
        .record(z.string(), count)
        .meta({ description: "By the carrier's own word for the status." }),
    }),
  ),
});

/** Counts of delivery reports that found no delivery, newest day first. */
export async function listOrphans({ context }: Pick<ApiRequest<object>, 'context'>) {
  const { waiting, days } = await reportOrphans(context);
  return {
    waiting,
    kept_days: keptDays('receipts'),
    days: days.map(({ day, orphans, optOuts, statuses }) => ({ day, orphans, opt_outs: optOuts, statuses })),
  };
}
