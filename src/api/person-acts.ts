import { z } from 'zod';
import { LONGEST_NOTE, listNotes, pausePerson, revealNumber, writeNote } from '../contacts/staff-acts.ts';
import { listTimeline, type TimelineItem, type TimelinePosition } from '../contacts/timeline.ts';
import type { Actor } from '../domain/access/actor.ts';
import { fillIn, TIMELINE_KINDS } from '../domain/contacts/timeline.ts';
import { contactParams } from './contact-status.ts';
import { Problem, throwRefusal } from './http/problems.ts';
import { type ApiRoute, defineRoute, type RequestContext } from './http/route.ts';
import { answerPage, contactId, count, iso, line, page, paging, shape, time } from './http/shapes.ts';

const actorOf = ({ key }: Pick<RequestContext, 'key'>): Actor => ({ kind: 'key', id: key.id });

const unknown = (): Problem => new Problem('not-found', 'There is no contact of this id.');

const note = shape('PersonNote', {
  id: z.string(),
  at: time,
  by: z.string().meta({ description: 'Who wrote it: "staff:…" or "key:…".' }),
  words: z.string().nullable().meta({ description: 'Null where they can no longer be opened.' }),
});

const reveal = defineRoute({
  method: 'post',
  path: '/contacts/{id}/number',
  scope: 'numbers:reveal',
  id: 'revealNumber',
  returns: 'The whole number.',
  summary: 'Show the whole number of a contact, on record.',
  rate: 'lookups',
  params: contactParams,
  body: shape('RevealNumberRequest', {
    reason: line(3, 200).meta({ description: 'Why the number is needed.' }),
  }),
  answer: shape('WholeNumber', { contact: contactId, number: z.string() }),
  problems: ['not-found', 'not-possible'],
  handle: async (call) => {
    const { id: contact } = call.params;
    const order = { contact, reason: call.body.reason, actor: actorOf(call) };
    const number = await revealNumber(call.context, order);
    if (number === null) throw unknown();
    return { contact, number };
  },
});

const writeRoute = defineRoute({
  method: 'post',
  path: '/contacts/{id}/notes',
  scope: 'evidence:read',
  id: 'createNote',
  returns: 'The note as it is kept.',
  summary: 'Write a note about a person. It is kept sealed and never sent.',
  params: contactParams,
  body: shape('CreateNoteRequest', {
    words: z.string().trim().min(1).max(LONGEST_NOTE).meta({ description: 'The words of the note.' }),
  }),
  status: 201,
  answer: note,
  problems: ['not-found', 'not-possible'],
  handle: async (call) => {
    const order = { contact: call.params.id, words: call.body.words, actor: actorOf(call) };
    const written = await writeNote(call.context, order);
    if (written === null) throw unknown();
    return { ...written, at: iso(written.at) };
  },
});

const listRoute = defineRoute({
  method: 'get',
  path: '/contacts/{id}/notes',
  scope: 'evidence:read',
  id: 'listNotes',
  returns: 'One page of notes, the newest on top.',
  summary: 'List the notes about a person, newest first.',
  params: contactParams,
  query: z.strictObject(paging('notes', /^\d{1,15}$/)),
  answer: page(note),
  problems: ['not-found', 'not-possible'],
  handle: async (call) => {
    const { cursor, limit } = call.query;
    const after = cursor === undefined ? null : new Date(Number(cursor));
    const request = { contact: call.params.id, after, limit, actor: actorOf(call) };
    const found = await listNotes(call.context, request);
    if (found === null) throw unknown();
    return answerPage(
      'notes',
      found,
      ({ at, ...open }) => ({ ...open, at: iso(at) }),
      (at) => String(at.getTime()),
    );
  },
});

const pauseRoute = defineRoute({
  method: 'post',
  path: '/contacts/{id}/pause',
  scope: 'consent:write',
  id: 'pausePerson',
  returns: 'Until when marketing is paused.',
  summary: 'Pause marketing to a person, as their own PAUSE would. Their RESUME ends it.',
  params: contactParams,
  body: shape('PausePersonRequest', {
    until: time.meta({ description: 'When the pause ends, in at most 365 days; it lasts whole days.' }),
    reason: line(3, 200).meta({ description: 'Why. Kept sealed in the ledger.' }),
  }),
  answer: shape('PersonPause', { contact: contactId, paused_until: time }),
  problems: ['not-found', 'refused', 'not-possible'],
  handle: async (call) => {
    const { id: contact } = call.params;
    const { until, reason } = call.body;
    const order = { contact, until: new Date(until), reason, actor: actorOf(call) };
    const done = await pausePerson(call.context, order).catch(throwRefusal);
    if (done === null) throw unknown();
    return { contact, paused_until: iso(done.until) };
  },
});

const timelineItem = shape('TimelineItem', {
  kind: z.enum(TIMELINE_KINDS),
  id: z.string(),
  at: time,
  sentence: z.string(),
  words: z.string().nullable().meta({
    description: 'The words of a text, a message or a note. Only with the scope evidence:read.',
  }),
  reading: z.string().nullable().meta({ description: 'How the rules read a text.' }),
  state: z.string().nullable().meta({ description: 'What became of a message, in a word.' }),
  entry: z.number().nullable().meta({ description: 'Number of the entry in the consent ledger.' }),
  by: z.string().nullable(),
});

const shownItem = (item: TimelineItem): z.input<typeof timelineItem> => ({
  kind: item.kind,
  id: item.id,
  at: iso(item.at),
  sentence: fillIn(item),
  words: item.words,
  reading: item.reading,
  state: item.state?.word ?? null,
  entry: item.entry,
  by: item.by,
});

/** The content of a cursor: the moment, then the place within it. */
const timelineText = ({ at, key }: TimelinePosition): string => `${at.getTime()} ${key}`;

function timelineAt(cursor: string | undefined): TimelinePosition | null {
  if (cursor === undefined) return null;
  const [at, ...key] = cursor.split(' ');
  return { at: new Date(Number(at)), key: key.join(' ') };
}

const timelineRoute = defineRoute({
  method: 'get',
  path: '/contacts/{id}/timeline',
  scope: 'contacts:read',
  id: 'listTimeline',
  returns: 'One page of what happened, the newest on top, and how much there is of each kind.',
  summary: 'List what happened with a person, newest first: texts, messages, consent and notes.',
  params: contactParams,
  query: z.strictObject({
    kind: z.enum(TIMELINE_KINDS).optional().meta({ description: 'Only what is of this kind.' }),
    ...paging('timeline', /^\d{1,15} [1-4].{1,100}$/s),
  }),
  answer: page(timelineItem)
    .extend({
      counts: shape('TimelineCounts', {
        text: count,
        message: count,
        consent: count,
        staff: count,
        all: count,
      }).meta({
        description:
          '`staff` counts notes, and the entries of the ledger that staff wrote; `all` counts those once.',
      }),
    })
    .meta({ id: 'Timeline' }),
  problems: ['not-found', 'not-possible'],
  handle: async (call) => {
    const { kind = null, cursor, limit } = call.query;
    const found = await listTimeline(call.context, {
      ...{ contact: call.params.id, kind, after: timelineAt(cursor), limit },
      ...{ actor: actorOf(call), readsEvidence: call.key.scopes.has('evidence:read') },
    });
    if (found === null) throw unknown();
    return { ...answerPage('timeline', found, shownItem, timelineText), counts: found.counts };
  },
});

/** The routes by which staff read and write about one contact: number, notes, pause and timeline. */
export const PERSON_ACT_ROUTES: readonly ApiRoute[] = [
  reveal,
  writeRoute,
  listRoute,
  pauseRoute,
  timelineRoute,
];
