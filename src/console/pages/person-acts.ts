import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { asRefusal, CommandRefused } from '../../consent/command-refused.ts';
import {
  askPersonToJoin,
  endPauseOfPerson,
  LONGEST_NOTE,
  optOutPerson,
  pausePerson,
  revealNumber,
  writeNote,
} from '../../contacts/staff-acts.ts';
import type { Permission } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { DAY_MS } from '../../domain/durations.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf, LOOK_UP_REASONS, reasonOf } from '../viewer.ts';
import { contactIn, nothingAbout, showRecord } from './person.ts';

/** Defines the form of one act. `handle` answers; a thrown `CommandRefused` shows the form again. */
function defineAct<Form extends z.ZodType>(act: {
  name: string;
  permission: Permission;
  form: Form;
  /** What to type, where the form does not fit. */
  fault: string;
  handle: (call: PageCall, contact: string, data: z.output<Form>) => Promise<void>;
}) {
  const { name, permission, form, fault, handle } = act;
  return definePage({
    method: 'post',
    path: `/people/:id/${name}`,
    permission,
    handle: async (call) => {
      const contact = contactIn(call);
      if (contact === null) return nothingAbout(call);
      const { data } = form.safeParse(call.request.body);
      const typed = typedIn(call.request.body);
      if (data === undefined) return showRecord(call, { act: name, fault: call.t(fault), typed });
      try {
        await handle(call, contact, data);
      } catch (error) {
        await showRecord(call, { act: name, fault: call.t(asRefusal(error).message), typed });
      }
    },
  });
}

const typedIn = (body: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries((body ?? {}) as Record<string, unknown>).filter(
      (field): field is [string, string] => typeof field[1] === 'string' && field[0] !== 'csrf',
    ),
  );

/** Tells a form that was sent twice, by a double click, from two forms. */
const FORM = z
  .string()
  .regex(/^[\w-]{16}$/)
  .optional()
  .transform((form) => form ?? randomBytes(12).toString('base64url'));

const recordOf = (contact: string): string => `/console/people/${contact}`;

const GONE = 'There is nobody of this id any more.';

const note = defineAct({
  name: 'note',
  permission: 'evidence:read',
  form: z.object({ words: z.string().trim().min(1).max(LONGEST_NOTE), form: FORM }),
  fault: `Write 1 to ${LONGEST_NOTE} characters.`,
  handle: async ({ context, viewer, go, t }, contact, { words, form }) => {
    const written = await writeNote(context, { contact, words, form, actor: actorOf(viewer) });
    if (written === null) throw new CommandRefused(GONE);
    go(recordOf(contact), {
      kind: 'good',
      text: t('The note is saved. Only staff who may read words see it.'),
    });
  },
});

const optOutAct = defineAct({
  name: 'opt-out',
  permission: 'consent:write',
  form: z.object({
    scope: z.string().max(100).prefault(''),
    said: z.string().trim().max(200).prefault(''),
  }),
  fault: 'Choose what they leave.',
  handle: async (call, contact, { scope, said }) => {
    const { context, viewer, go, t } = call;
    const known = context.catalog.current().book.programs.some(({ id }) => id === scope);
    if (scope !== '' && !known) throw new CommandRefused('There is no such program.');
    const programs = scope === '' ? [] : [scope];
    const done = await optOutPerson(context, { contact, programs, said, actor: actorOf(viewer) });
    if (done === null) throw new CommandRefused(GONE);
    const text = t('The opt-out is in force. No text confirms it: tell them so.');
    go(recordOf(contact), { kind: 'good', text });
  },
});

const join = defineAct({
  name: 'join',
  permission: 'consent:write',
  form: z.object({
    program: z.string().min(1).max(100),
    call: z.string().trim().min(1).max(100),
    form: FORM,
  }),
  fault: 'Choose a program, and say on which call or visit they asked.',
  handle: async (call, contact, { program, call: callId, form }) => {
    const { context, viewer, go, t } = call;
    const order = { contact, program, call: callId, form, actor: actorOf(viewer) };
    const outcome = await askPersonToJoin(context, order);
    if (outcome === null) throw new CommandRefused(GONE);
    if (outcome.kind === 'prompted') {
      const end = showTime(outcome.prompt.expiresAt, viewer.zone, viewer.language);
      const text = t('We asked them by text. Only their YES counts, until {end}.', { end });
      return go(recordOf(contact), { kind: 'good', text });
    }
    throw new CommandRefused(sentenceOf(outcome));
  },
});

type OptInFailure = Exclude<NonNullable<Awaited<ReturnType<typeof askPersonToJoin>>>, { kind: 'prompted' }>;

function sentenceOf(outcome: OptInFailure): string {
  switch (outcome.kind) {
    case 'refused':
      return `No question was sent: ${outcome.why}. ${outcome.todo}`;
    case 'number-refused':
      return 'No question was sent: this number takes no texts.';
    case 'no-sender':
      return 'No question was sent: no number of ours may write to this country.';
    case 'stopped':
      return `No question was sent: ${outcome.number} is stopped. ${outcome.why}`;
    default:
      return outcome satisfies never;
  }
}

/** Lengths of a pause that the form offers, days. */
const PAUSES = ['7', '30', '90'] as const;

const pause = defineAct({
  name: 'pause',
  permission: 'consent:write',
  form: z.object({ days: z.enum(PAUSES), reason: z.string().trim().min(3).max(200) }),
  fault: 'Choose how long, and say in a few words why.',
  handle: async ({ context, viewer, go, t }, contact, { days, reason }) => {
    const until = new Date(context.now().getTime() + Number(days) * DAY_MS);
    const done = await pausePerson(context, { contact, until, reason, actor: actorOf(viewer) });
    if (done === null) throw new CommandRefused(GONE);
    const end = showTime(done.until, viewer.zone, viewer.language);
    go(recordOf(contact), {
      kind: 'good',
      text: t('No marketing until {end}. Their own RESUME ends it.', { end }),
    });
  },
});

const pauseEnd = defineAct({
  name: 'pause-end',
  permission: 'consent:write',
  form: z.object({ reason: z.string().trim().min(3).max(200) }),
  fault: 'Say in a few words why the pause ends.',
  handle: async ({ context, viewer, go, t }, contact, { reason }) => {
    const done = await endPauseOfPerson(context, { contact, reason, actor: actorOf(viewer) });
    if (done === null) throw new CommandRefused(GONE);
    go(recordOf(contact), { kind: 'good', text: t('The pause is over. Marketing may reach them again.') });
  },
});

const number = defineAct({
  name: 'number',
  permission: 'numbers:reveal',
  form: z.object({ reason: z.enum(LOOK_UP_REASONS).optional() }),
  fault: 'Choose why you need the number.',
  handle: async (call, contact, { reason: chosen }) => {
    const { context, request, viewer, go } = call;
    const at = context.now().getTime();
    const reason = chosen ?? reasonOf(request, context.now());
    if (reason === null) throw new CommandRefused('Choose why you need the number: it goes on record.');
    request.session.reason = { reason, at };
    const shown = await revealNumber(context, { contact, reason, actor: actorOf(viewer) });
    if (shown === null) throw new CommandRefused(GONE);
    request.session.revealed = { contact, number: shown, at };
    go(recordOf(contact));
  },
});

export const PERSON_ACTS = [note, optOutAct, join, pause, pauseEnd, number];
