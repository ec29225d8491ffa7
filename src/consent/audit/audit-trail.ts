import { type Actor, actorText, readActor } from '../../domain/access/actor.ts';
import { STAFF_BY_ID } from '../../domain/access/demo-staff.ts';
import {
  AUDIT_ACT_NAMES,
  type AuditAct,
  type AuditDetails,
  type AuditKind,
  type AuditSubject,
  ruleOfAct,
  subjectText,
} from '../../domain/audit/acts.ts';
import { type AuditNames, actorName, auditSentence, subjectName } from '../../domain/audit/sentence.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { cutPage, type Page, type PageRequest } from '../../domain/page.ts';
import { apiKeyNames } from '../../store/api-keys.ts';
import { openAuditReason } from '../../store/audit/audit-chains.ts';
import {
  type AuditEntryDoc,
  type AuditFilter,
  type AuditPosition,
  actorsOnRecord,
  countAuditEntries,
  pageAuditEntries,
} from '../../store/audit/audit-entries.ts';
import { findContacts } from '../../store/contacts/contacts.ts';
import { unlessClosed } from '../../store/contacts/open-contact.ts';
import { staffNames } from '../../store/staff.ts';
import type { AppContext } from '../app-context.ts';
import { maskedNumber } from '../contact-refs.ts';
import { recordAudit } from './audit.ts';

/** Which entries somebody asks for. Null: any. `until` is not part of the time. */
export type AuditQuery = {
  actor: Actor | null;
  act: AuditAct | null;
  kinds: readonly AuditKind[] | null;
  subject: AuditSubject | null;
  /** The handle of a person. */
  handle: string | null;
  from: Date | null;
  until: Date | null;
};

/** One entry as people read it. */
export type AuditEntryView = {
  id: string;
  at: Date;
  actor: Actor;
  /** The actor's name with the role, as the sentence begins. */
  who: string;
  act: AuditAct;
  kind: AuditKind;
  subject: AuditSubject | null;
  /** The subject in words; null where an act has none. */
  whom: string | null;
  program: string | null;
  reason: string | null;
  details: AuditDetails;
  sentence: string;
  chain: string;
  seq: number;
  hash: string;
};

type Reading = Pick<AppContext, 'audit' | 'log' | 'ring' | 'store'>;

const filterOf = ({ actor, act, kinds, ...rest }: AuditQuery): AuditFilter => ({
  ...rest,
  actor: actor && actorText(actor),
  acts: actsAsked(act, kinds),
});

/** Null: all of them. Empty: no act of these kinds is asked for. */
function actsAsked(act: AuditAct | null, kinds: readonly AuditKind[] | null): readonly AuditAct[] | null {
  const isAsked = (known: AuditAct): boolean => kinds === null || kinds.includes(ruleOfAct(known).kind);
  if (act === null) return kinds === null ? null : AUDIT_ACT_NAMES.filter(isAsked);
  return isAsked(act) ? [act] : [];
}

type AuditListRequest = PageRequest<AuditPosition> & { query: AuditQuery; reader: Actor };

/** What of a query its own entry keeps, besides the subject. */
const asked = ({ act, kinds, actor, subject, handle, from, until }: AuditQuery): AuditDetails => ({
  ...{ act, handle },
  kind: kinds?.join(', ') ?? null,
  actor: actor && actorText(actor),
  from: from?.toISOString() ?? null,
  until: until?.toISOString() ?? null,
  about_one: subject !== null,
});

/**
 * One page of the audit trail, newest first. Reading the first page is an act on record too, so that nobody watches
 * colleagues unseen; a page that reads on is part of the same act.
 */
export async function listAudit(
  context: Reading,
  { query, reader, after, limit }: AuditListRequest,
): Promise<Page<AuditEntryView, AuditPosition>> {
  if (after === null) {
    const subject = query.subject;
    await recordAudit(context, { actor: reader, act: 'audit-read', subject, details: asked(query) });
  }
  const rows = await pageAuditEntries(context.store, filterOf(query), { after, limit: limit + 1 });
  const { items, next } = cutPage(rows, limit, ({ at, _id }) => ({ at, id: _id }));
  return { items: await viewsOf(context, items), next };
}

/** Counting stops here. */
export const MOST_COUNTED = 10_000;

/** How many entries match; one more than `MOST_COUNTED` where there are more. */
export const countAudit = ({ store }: Pick<AppContext, 'store'>, query: AuditQuery): Promise<number> =>
  countAuditEntries(store, filterOf(query), MOST_COUNTED + 1);

/** Everybody who is on record, with the name that sentences begin with, in the order of names. */
export async function auditActors({
  store,
}: Pick<AppContext, 'store'>): Promise<{ actor: Actor; name: string }[]> {
  const actors = (await actorsOnRecord(store)).map(readActor);
  const [keys, staff] = await Promise.all([apiKeyNames(store, keysAmong(actors)), staffByIds({ store })]);
  const named = actors.map((actor) => ({ actor, name: actorName(actor, { keys, staff }) }));
  return named.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Members of staff by id, with those of the demo. */
const staffByIds = async ({ store }: Pick<AppContext, 'store'>): Promise<AuditNames['staff']> =>
  new Map([...STAFF_BY_ID, ...(await staffNames(store))]);

const keysAmong = (actors: readonly Actor[]): string[] =>
  actors.flatMap(({ kind, id }) => (kind === 'key' ? [id] : []));

const EXPORT_PAGE = 500;

/** All entries that match, newest first, as they are read. The export is on record before the first line. */
export async function* exportAudit(
  context: Reading & Pick<AppContext, 'now'>,
  { query, reader }: Omit<AuditListRequest, 'after' | 'limit'>,
): AsyncGenerator<AuditEntryView> {
  const filter = filterOf(query);
  // The entry of this export is no part of it: what is exported ends when it begins.
  const now = new Date(context.now().getTime() + 1);
  const until = filter.until !== null && filter.until < now ? filter.until : now;
  const { subject } = query;
  const first = await pageAuditEntries(
    context.store,
    { ...filter, until },
    { after: null, limit: EXPORT_PAGE },
  );
  await recordAudit(context, { actor: reader, act: 'audit-exported', subject, details: asked(query) });
  for (let rows = first; rows.length > 0; ) {
    yield* await viewsOf(context, rows);
    const last = rows.at(-1);
    if (last === undefined || rows.length < EXPORT_PAGE) return;
    const after = { at: last.at, id: last._id };
    rows = await pageAuditEntries(context.store, { ...filter, until }, { after, limit: EXPORT_PAGE });
  }
}

async function viewsOf(
  context: Pick<AppContext, 'ring' | 'store'>,
  rows: readonly AuditEntryDoc[],
): Promise<AuditEntryView[]> {
  const names = await namesFor(context, rows);
  return rows.map((row) => viewOf(context, row, names));
}

function viewOf({ ring }: Pick<AppContext, 'ring'>, row: AuditEntryDoc, names: AuditNames): AuditEntryView {
  const { _id, at, act, subject, program, details, chain, seq, hash } = row;
  const reason = unlessClosed(() => openAuditReason(ring, row));
  const actor = readActor(row.actor);
  const { kind } = ruleOfAct(act);
  return {
    ...{ id: _id, at, actor, who: actorName(actor, names), act, kind, subject, program, reason, details },
    whom: subject === null ? null : subjectName(subject, names),
    sentence: auditSentence({ act, actor, subject, reason, details }, names),
    ...{ chain, seq, hash },
  };
}

/** Looks up what the ids in some entries are called now. */
async function namesFor(
  context: Pick<AppContext, 'ring' | 'store'>,
  rows: readonly AuditEntryDoc[],
): Promise<AuditNames> {
  const keys = keysAmong(rows.map(({ actor }) => readActor(actor)));
  const ids = new Set(rows.flatMap(({ subject }) => (subject?.kind === 'person' ? [subject.id] : [])));
  const contacts = ids.size === 0 ? [] : await findContacts(context.store, [...ids]);
  const masks = new Map(contacts.map((contact) => [contact._id, maskedNumber(context, contact)]));
  const people = [...ids].map((id): [string, string] => {
    const masked = masks.get(id) ?? null;
    return [id, masked === null ? handleOf(id) : `ending ${masked.slice(-4)} · ${handleOf(id)}`];
  });
  const staff = await staffByIds(context);
  return { keys: await apiKeyNames(context.store, keys), staff, people: new Map(people) };
}

/** One entry as exports write it. */
export const auditRow = ({ at, actor, ...entry }: AuditEntryView) => ({
  ...entry,
  at: at.toISOString(),
  actor: actorText(actor),
});

/** The columns of an export as CSV. */
export const AUDIT_COLUMNS = [
  ...['at', 'sentence', 'actor', 'who', 'act', 'kind', 'subject', 'whom', 'program', 'reason', 'details'],
  ...['chain', 'seq', 'hash', 'id'],
];

/** One entry as a line of CSV. */
export function auditCells(entry: AuditEntryView) {
  const { subject, details, ...row } = auditRow(entry);
  return {
    ...row,
    subject: subject === null ? null : subjectText(subject),
    details: JSON.stringify(details),
  };
}

/** Who did an act last, and when; null: nobody has. The settings page shows it beside each setting. */
export async function lastOfAct(
  context: Pick<AppContext, 'ring' | 'store'>,
  act: AuditAct,
): Promise<{ at: Date; who: string } | null> {
  const anybody = { actor: null, kinds: null, handle: null, subject: null, from: null, until: null };
  const rows = await pageAuditEntries(context.store, filterOf({ ...anybody, act }), {
    after: null,
    limit: 1,
  });
  const [view] = await viewsOf(context, rows);
  return view === undefined ? null : { at: view.at, who: view.who };
}
