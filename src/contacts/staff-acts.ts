import { randomBytes } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit } from '../consent/audit/audit.ts';
import { CommandRefused } from '../consent/command-refused.ts';
import { type OptOutContext, optOut } from '../consent/opt-in-and-out.ts';
import { endPauseByStaff, pauseByStaff } from '../consent/staff-pause.ts';
import { type Actor, actorText } from '../domain/access/actor.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { insertNote, notesOf, openNote } from '../store/contacts/notes.ts';
import { unlessClosed } from '../store/contacts/open-contact.ts';
import { contactById } from './find-contact.ts';
import { requestOptIn } from './opt-in-request.ts';

/** Longest note, in characters. */
export const LONGEST_NOTE = 2000;

/** `words`: null where no key of this process opens them. */
export type PersonNote = { id: string; at: Date; by: string; words: string | null };

/** `form`: the same value whenever the same form is sent again, which then writes no second note. */
type NoteOrder = { contact: string; words: string; actor: Actor; form?: string };

/** Writes a note about a person, sealed with the person's own key. Null when there is no such contact. */
export async function writeNote(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'ring' | 'store'>,
  { contact: id, words, actor, form = randomBytes(12).toString('base64url') }: NoteOrder,
): Promise<PersonNote | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  const by = actorText(actor);
  const note = { _id: `n_${id.slice(2)}.${form}`, contact: id, at: context.now(), by };
  await insertNote(context.store, { ...note, words }, contact.keys.profile);
  await recordAudit(context, {
    actor,
    act: 'note-written',
    subject: personSubject(id),
    details: { note: note._id },
  });
  return { id: note._id, at: note.at, by, words };
}

type NotesRequest = PageRequest<Date> & { contact: string; actor: Actor };

/** Notes on a person, newest first. Null when there is no such contact. Writes an audit entry. */
export async function listNotes(
  context: Pick<AppContext, 'audit' | 'log' | 'ring' | 'store'>,
  { contact: id, after, limit, actor }: NotesRequest,
): Promise<Page<PersonNote, Date> | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  const until = after === null ? null : new Date(after.getTime() - 1);
  const rows = await notesOf(context.store, id, { until, limit: limit + 1 });
  await recordAudit(context, { actor, act: 'notes-read', subject: personSubject(id) });
  const { items, next } = cutPage(rows, limit, ({ at }) => at);
  const notes = items.map((row) => {
    const words = unlessClosed(() => openNote(row, contact.keys.profile));
    return { id: row._id, at: row.at, by: row.by, words };
  });
  return { items: notes, next };
}

/** Shows the whole number of a person. Null when there is no such contact. Writes an audit entry first. */
export async function revealNumber(
  context: Pick<AppContext, 'audit' | 'log' | 'ring' | 'store'>,
  { contact: id, reason, actor }: { contact: string; reason: string; actor: Actor },
): Promise<string | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  await recordAudit(context, { actor, act: 'number-shown', subject: personSubject(id), reason });
  return contact.number;
}

type OptOutOrder = {
  contact: string;
  /** Ids of programs; empty: everything. */
  programs: string[];
  /** What the person said. Kept sealed in the ledger. */
  said: string;
  actor: Actor;
};

/** Records an opt-out that a person told staff. In force when it resolves. Null when there is no such contact. */
export async function optOutPerson(
  context: OptOutContext & Pick<AppContext, 'ring'>,
  { contact: id, programs, said, actor }: OptOutOrder,
): Promise<{ contact: string } | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  if (!contact.stored.current) throw new CommandRefused('The number belongs to somebody else now.');
  return optOut(context, {
    number: contact.number,
    ...{ programs, topics: [], channel: 'VERBAL' },
    origin: { door: 'console', ...(said === '' ? {} : { reason: said }) },
    actor: actorText(actor),
  });
}

/** `form`: the same value whenever the same form is sent again, which then asks no second time. */
type JoinOrder = { contact: string; program: string; call: string; actor: Actor; form: string };

/** Asks a person by text to confirm what they asked staff for. Null when there is no such contact. */
export async function askPersonToJoin(
  context: Parameters<typeof requestOptIn>[0],
  { contact: id, program, call, actor, form }: JoinOrder,
): Promise<Awaited<ReturnType<typeof requestOptIn>> | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  if (!contact.stored.current) throw new CommandRefused('The number belongs to somebody else now.');
  return requestOptIn(context, {
    number: contact.number,
    ...{ program, channel: 'VERBAL', language: null, signedAt: null, cause: `console ${form}` },
    evidence: { agent: actor.id, call_id: call },
    ...{ actor, door: 'console' },
  });
}

type PauseOrder = { contact: string; until: Date; reason: string; actor: Actor };

/** Pauses marketing to a person. Null when there is no such contact. Throws `CommandRefused`. */
export async function pausePerson(
  context: Pick<AppContext, 'catalog' | 'indexOf' | 'log' | 'now' | 'ring' | 'store' | 'writer'>,
  { contact: id, until, reason, actor }: PauseOrder,
): Promise<{ until: Date } | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  return pauseByStaff(context, { contact: id, number: contact.number, until, reason, actor });
}

/** Ends a pause of marketing that staff began. Null when there is no such contact. Throws `CommandRefused`. */
export async function endPauseOfPerson(
  context: Pick<AppContext, 'catalog' | 'indexOf' | 'log' | 'now' | 'ring' | 'store' | 'writer'>,
  { contact: id, reason, actor }: Omit<PauseOrder, 'until'>,
): Promise<{ contact: string } | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  await endPauseByStaff(context, { contact: id, number: contact.number, reason, actor });
  return { contact: id };
}
