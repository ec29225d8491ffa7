import { z } from 'zod';
import {
  AUDIT_COLUMNS,
  type AuditEntryView,
  type AuditQuery,
  auditCells,
  auditRow,
  exportAudit,
  listAudit,
} from '../consent/audit/audit-trail.ts';
import { verifyAuditDay } from '../consent/audit/verify-audit.ts';
import { readActor } from '../domain/access/actor.ts';
import { AUDIT_ACT_NAMES, AUDIT_KINDS, AUDIT_SUBJECTS, readSubject } from '../domain/audit/acts.ts';
import { DAY_MS } from '../domain/durations.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import { answerPage, count, page, paging, shape, time } from './http/shapes.ts';
import { csv } from './http/streaming.ts';

const SUBJECT = /^[a-z-]{2,20}:[\w+.:-]{1,100}$/;

const auditSubject = shape('AuditSubject', {
  kind: z.enum(AUDIT_SUBJECTS).meta({ id: 'AuditSubjectKind' }),
  id: z.string(),
});
const auditAct = z.enum(AUDIT_ACT_NAMES).meta({ id: 'AuditAct' });
const auditKind = z.enum(AUDIT_KINDS).meta({ id: 'AuditKind' });

const auditEntry = shape('AuditEntry', {
  id: z.string(),
  at: time,
  actor: z.string().meta({ description: 'Who acted: "key:…", "staff:…" or "job:…".' }),
  who: z.string().meta({ description: 'What the actor is called now.' }),
  act: auditAct,
  kind: auditKind,
  subject: auditSubject.nullable(),
  whom: z.string().nullable().meta({ description: 'The subject in words, with masked numbers.' }),
  program: z.string().nullable(),
  reason: z.string().nullable().meta({ description: 'Why, as who acted said it; numbers are taken out.' }),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  sentence: z.string(),
  chain: z
    .string()
    .meta({ description: 'The hash chain that holds the entry: day, process, and its number.' }),
  seq: z.number().meta({ description: 'Place in the chain, from 1.' }),
  hash: z.string(),
});

const filters = {
  actor: z
    .string()
    .regex(/^(key|staff|job):[\w-]{1,100}$/, 'It must be key:<id>, staff:<id> or job:<name>.')
    .optional()
    .meta({ description: 'Only what this actor did: key:<id>, staff:<id> or job:<name>.' }),
  act: auditAct.optional().meta({ description: 'Only entries about this act.' }),
  kind: auditKind.optional().meta({ description: 'Only entries of this kind.' }),
  handle: z
    .string()
    .regex(/^[A-HJ-NP-Z2-9]{4}$/, 'It must be four signs, such as K7FQ.')
    .optional()
    .meta({ description: 'The handle of a person, as pages for staff show it.' }),
  subject: z
    .string()
    .regex(SUBJECT, 'It must be a kind and an id, such as person:c_6f1kQ0rBq0e2Yx9a.')
    .refine((text) => readSubject(text) !== null, `The kind must be one of ${AUDIT_SUBJECTS.join(', ')}.`)
    .optional()
    .meta({
      description: 'Only entries about this subject: its kind and id.',
      examples: ['person:c_6f1kQ0rBq0e2Yx9a'],
    }),
  from: z.iso.date().optional().meta({ description: 'The first day, UTC.' }),
  to: z.iso.date().optional().meta({ description: 'The last day, UTC.' }),
};

const listQuery = z.strictObject({ ...filters, ...paging('audit', /^\d{1,15} [\w:.#-]{1,100}$/) });

const exportQuery = z.strictObject({
  ...filters,
  format: z.enum(['ndjson', 'csv']).optional().meta({ description: 'NDJSON unless csv is asked for.' }),
});

type Filters = z.output<z.ZodObject<typeof filters>>;

const startOf = (day: string): Date => new Date(`${day}T00:00:00.000Z`);

const readQuery = ({ actor, act, kind, subject, handle, from, to }: Filters): AuditQuery => ({
  actor: actor === undefined ? null : readActor(actor),
  act: act ?? null,
  subject: subject === undefined ? null : readSubject(subject),
  kinds: kind === undefined ? null : [kind],
  handle: handle ?? null,
  from: from === undefined ? null : startOf(from),
  until: to === undefined ? null : new Date(startOf(to).getTime() + DAY_MS),
});

const listRoute = defineRoute({
  method: 'get',
  path: '/audit',
  id: 'listAuditEntries',
  returns: 'One page of entries, the newest first.',
  scope: 'audit:read',
  summary: 'List who looked at what and who changed what, newest first. Reading it is on record too.',
  query: listQuery,
  answer: page(auditEntry),
  handle: async (call) => {
    const { cursor, limit, ...query } = call.query;
    const [at, id] = cursor?.split(' ') ?? [];
    const after = at === undefined || id === undefined ? null : { at: new Date(Number(at)), id };
    const request = { query: readQuery(query), reader: actorOf(call.key), after, limit };
    return answerPage('audit', await listAudit(call.context, request), auditRow, (position) =>
      [position.at.getTime(), position.id].join(' '),
    );
  },
});

type ExportRequest = ApiRequest<{ query: typeof exportQuery }>;

const exported = (call: ExportRequest): AsyncIterable<AuditEntryView> =>
  exportAudit(call.context, { query: readQuery(call.query), reader: actorOf(call.key) });

async function* lines(call: ExportRequest) {
  for await (const entry of exported(call)) yield auditRow(entry);
}

async function* csvRows(call: ExportRequest) {
  for await (const entry of exported(call)) yield auditCells(entry);
}

const exportRoute = defineRoute({
  method: 'get',
  path: '/audit/export',
  id: 'exportAuditEntries',
  returns: 'Each entry of the filter on a line, the newest first.',
  scope: 'audit:read',
  summary: 'The same entries as a file: NDJSON, or CSV. All rows of the filter.',
  query: exportQuery,
  streams: true,
  answer: auditEntry,
  forms: { csv: csv<ExportRequest>(AUDIT_COLUMNS, csvRows) },
  handle: async (call) => lines(call),
});

const verification = shape('AuditVerification', {
  day: z.iso.date(),
  chains: count,
  entries: count,
  is_whole: z.boolean().meta({ description: 'Whether no entry was changed, dropped or forged.' }),
  is_closed: z.boolean().meta({
    description:
      'Whether the ends of the chains were noted after the day. Until then a chain could lack its end.',
  }),
  faults: z
    .array(shape('AuditFault', { chain: z.string(), seq: z.number(), what: z.string() }))
    .meta({ description: 'The first fault of each chain. What follows it in the same chain is not proved.' }),
  sentence: z.string(),
});

const verificationRoute = defineRoute({
  method: 'get',
  path: '/audit/verification',
  id: 'verifyAuditDay',
  returns: 'Whether the chains of the day are whole, with the first fault of each.',
  scope: 'audit:read',
  summary: 'Verify the chains of one day: that no entry was changed, dropped or written by somebody else.',
  query: z.strictObject({ day: z.iso.date().meta({ description: 'The day, UTC.' }) }),
  answer: verification,
  handle: async (call) => {
    const { isClosed, isWhole, ...found } = await verifyAuditDay(call.context, {
      day: call.query.day,
      reader: actorOf(call.key),
    });
    return { ...found, is_closed: isClosed, is_whole: isWhole };
  },
});

/** The audit trail: reads and exports are on record themselves. */
export const AUDIT_ROUTES: readonly ApiRoute[] = [listRoute, exportRoute, verificationRoute];
