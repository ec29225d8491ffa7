import { randomBytes } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import { pauseByStaff } from '../consent/staff-pause.ts';
import { type Actor, actorText } from '../domain/access/actor.ts';
import { cutPage, type Page, type PageRequest } from '../domain/page.ts';
import { insertNote, notesOf, openNote } from '../store/contacts/notes.ts';
import { unlessClosed } from '../store/contacts/open-contact.ts';
import { contactById } from './find-contact.ts';

/** Longest note, in characters. */
export const LONGEST_NOTE = 2000;

/** `words`: null where no key of this process opens them. */
export type PersonNote = { id: string; at: Date; by: string; words: string | null };

type NoteOrder = { contact: string; words: string; actor: Actor };

/** Writes a note about a person, sealed with the person's own key. Null when there is no such contact. */
export async function writeNote(
  context: Pick<AppContext, 'log' | 'now' | 'ring' | 'store'>,
  { contact: id, words, actor }: NoteOrder,
): Promise<PersonNote | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  const by = actorText(actor);
  const note = { _id: `n_${randomBytes(12).toString('base64url')}`, contact: id, at: context.now(), by };
  await insertNote(context.store, { ...note, words }, contact.keys.profile);
  context.log.info({ by, contact: id, note: note._id }, 'a note on a person was written');
  return { id: note._id, at: note.at, by, words };
}

type NotesRequest = PageRequest<Date> & { contact: string; actor: Actor };

/** Notes on a person, newest first. Null when there is no such contact. Writes an audit entry. */
export async function listNotes(
  context: Pick<AppContext, 'log' | 'ring' | 'store'>,
  { contact: id, after, limit, actor }: NotesRequest,
): Promise<Page<PersonNote, Date> | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  const until = after === null ? null : new Date(after.getTime() - 1);
  const rows = await notesOf(context.store, id, { until, limit: limit + 1 });
  context.log.info({ key: actorText(actor), contact: id }, 'notes on a person were read');
  const { items, next } = cutPage(rows, limit, ({ at }) => at);
  const notes = items.map((row) => {
    const words = unlessClosed(() => openNote(row, contact.keys.profile));
    return { id: row._id, at: row.at, by: row.by, words };
  });
  return { items: notes, next };
}

/** Shows the whole number of a person. Null when there is no such contact. Writes an audit entry first. */
export async function revealNumber(
  context: Pick<AppContext, 'log' | 'ring' | 'store'>,
  { contact: id, reason, actor }: { contact: string; reason: string; actor: Actor },
): Promise<string | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  const fields = { by: actorText(actor), contact: id, reasonLength: reason.length };
  context.log.info(fields, 'a number was shown');
  return contact.number;
}

type PauseOrder = { contact: string; until: Date; reason: string; actor: Actor };

/** Pauses marketing to a person. Null when there is no such contact. Throws `CommandRefused`. */
export async function pausePerson(
  context: Pick<AppContext, 'catalog' | 'indexOf' | 'now' | 'ring' | 'store' | 'writer'>,
  { contact: id, until, reason, actor }: PauseOrder,
): Promise<{ until: Date } | null> {
  const contact = await contactById(context, id);
  if (contact === null) return null;
  return pauseByStaff(context, { contact: id, number: contact.number, until, reason, actor });
}
