import { z } from 'zod';
import { plainLine } from '../../api/http/shapes.ts';
import { lookUpNumber } from '../../contacts/contact-view.ts';
import { PROGRAM_STATES, showPerson } from '../../contacts/person-record.ts';
import { may } from '../../domain/access/permissions.ts';
import { showDay } from '../../domain/console-time.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { readNumber } from '../../domain/numbers.ts';
import {
  listTestRecipients,
  markAsTestRecipient,
  unmarkAsTestRecipient,
} from '../../templates/test-recipients.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { FRESH, type Shown, typedIn } from './queue.ts';

const CONTACT = /^c_[\w-]{16}$/;

/** Test phones that the page shows. A team has a few. */
const MOST_LISTED = 100;
const LONGEST_NAME = 80;

type TestPhone = Awaited<ReturnType<typeof listTestRecipients>>['items'][number];

const listed = async ({ context }: PageCall): Promise<TestPhone[]> =>
  (await listTestRecipients(context, { after: null, limit: MOST_LISTED })).items;

/** Which programs may text the phone now: a test follows the same rules as every message. */
async function shownPhone(call: PageCall, { contact, name, markedAt }: TestPhone) {
  const { context, viewer, t } = call;
  const { zone, language } = viewer;
  const reader = { actor: actorOf(viewer), readsEvidence: false, zone, language };
  const record = await showPerson(context, contact, reader);
  const base = { contact, name, since: showDay(markedAt, zone, language), handle: handleOf(contact) };
  if (record === null || 'kind' in record) {
    const state = { sign: 'stop', word: t('Erased') };
    return {
      ...base,
      person: t('erased'),
      isReady: false,
      state,
      why: t('Take it off and add the phone anew.'),
    };
  }
  const ready = record.programs.filter(({ state }) => state === 'subscribed');
  const isReady = ready.length > 0;
  return {
    ...base,
    person: t('ending {ending} · {handle}', { ending: record.ending, handle: record.handle }),
    isReady,
    state: isReady ? { sign: 'good', word: t('Gets tests') } : { sign: 'wait', word: t('Gets no tests') },
    why: isReady
      ? t('of {programs}', { programs: ready.map((program) => program.name).join(', ') })
      : record.programs
          .map((program) => `${program.name}: ${t(PROGRAM_STATES[program.state].word)}`)
          .join('; '),
  };
}

function answerOf({ t }: PageCall, phones: readonly { isReady: boolean }[]) {
  if (phones.length === 0)
    return {
      sign: 'off',
      sentence: t('No phone of the team gets tests yet.'),
      cause: t('Let the phone text a keyword of the program first, then add it here.'),
    };
  const ready = phones.filter(({ isReady }) => isReady).length;
  const words = '{ready} of 1 test phone gets tests. || {ready} of {count} test phones get tests.';
  const cause = t(
    'A test follows the same rules as every message: whoever has not joined a program gets none of it.',
  );
  return {
    sign: ready === phones.length ? 'good' : 'wait',
    sentence: t(words, { ready, count: phones.length }),
    cause,
  };
}

async function showPhones(call: PageCall, { typed, fault, field, status }: Shown = FRESH): Promise<void> {
  const { show, t, viewer } = call;
  const phones = await Promise.all((await listed(call)).map((phone) => shownPhone(call, phone)));
  await show(
    'setup/test-phones',
    {
      title: t('Test phones'),
      ...{ answer: answerOf(call, phones), phones, typed, fault, field: field ?? null },
      mayWrite: may(viewer.role, 'programs:write'),
    },
    status,
  );
}

const list = definePage({
  method: 'get',
  path: '/test-phones',
  permission: 'contacts:read',
  handle: (call) => showPhones(call),
});

const nameField = z.string().pipe(plainLine(1, LONGEST_NAME));
const phoneField = z.string().trim().max(60);

/** The number that somebody typed, or what is wrong with it. */
function numberIn({ t }: PageCall, text: string): { e164: string } | { fault: string } {
  const read = readNumber(text, 'US');
  if (read.kind === 'phone') return { e164: read.e164 };
  return { fault: read.kind === 'not-a-number' ? read.why : t('This is no number of a person.') };
}

const add = definePage({
  method: 'post',
  path: '/test-phones',
  permission: 'programs:write',
  handle: async (call) => {
    const { context, viewer, go, t } = call;
    const typed = typedIn(call);
    const refused = (fault: string, field: string) => showPhones(call, { typed, fault, field, status: 422 });
    const name = nameField.safeParse(typed.name).data;
    const phone = numberIn(call, phoneField.safeParse(typed.phone).data ?? '');
    if ('fault' in phone) return refused(phone.fault, 'test-number');
    if (name === undefined)
      return refused(t('Say whose phone it is, in 1 to 80 letters, without a number.'), 'test-name');
    const actor = actorOf(viewer);
    const asked = { phone: phone.e164, reason: 'check', actor, seesFormer: false };
    const found = await lookUpNumber(context, asked);
    if (found.kind !== 'holder')
      return refused(
        t('Nobody has this number here yet. Let the phone text a keyword first.'),
        'test-number',
      );
    const page = '/console/test-phones';
    const before = (await listed(call)).find(({ contact }) => contact === found.id);
    if (before?.name === name) return go(page, { kind: 'good', text: t('It is a test phone already.') });
    await markAsTestRecipient(context, { contact: found.id, name, actor });
    const renamed = t('It has the new name now.');
    go(page, {
      kind: 'good',
      text: before === undefined ? t('Added. Tests of templates may go to it.') : renamed,
    });
  },
});

const remove = definePage({
  method: 'post',
  path: '/test-phones/:id/remove',
  permission: 'programs:write',
  handle: async (call) => {
    const { context, request, viewer, go, show, t } = call;
    const id = String(request.params.id);
    if (!CONTACT.test(id)) return show('not-found', { title: t('Nothing is here') }, 404);
    const page = '/console/test-phones';
    if (!(await listed(call)).some(({ contact }) => contact === id))
      return go(page, { kind: 'wait', text: t('It is no test phone any more.') });
    await unmarkAsTestRecipient(context, id, actorOf(viewer));
    go(page, { kind: 'good', text: t('Taken off. Its consent stays as it is.') });
  },
});

/** Phones of the team, to which tests of templates go. */
export const TEST_PHONE_PAGES = [list, add, remove];
