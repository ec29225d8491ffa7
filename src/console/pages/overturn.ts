import { z } from 'zod';
import { checkOverturn, overturnOptOut } from '../../consent/review/overturn-opt-out.ts';
import { listConsentRecords } from '../../contacts/consent-records.ts';
import { personName } from '../../contacts/sent-messages.ts';
import { causeOf } from '../../domain/contacts/person-cause.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { contactIn, nothingAbout, readerOf } from './person.ts';
import { FRESH, type Shown, typedIn } from './queue.ts';

const ENTRY = /^[1-9]\d{0,8}$/;

/** Entries before the opt-out among which the words are looked for that a hold was about. */
const ENTRIES_BEFORE = 100;

type NamedOptOut = { contact: string; seq: number };

/** The opt-out that the address names; null where it names none. */
function optOutIn(call: PageCall): NamedOptOut | null {
  const contact = contactIn(call);
  const entry = String(call.request.params.entry);
  return contact === null || !ENTRY.test(entry) ? null : { contact, seq: Number(entry) };
}

const namesIn = ({ context }: PageCall, restored: readonly { program: string }[]): string[] => {
  const { programs } = context.catalog.current().book;
  return restored.map(({ program }) => programs.find(({ id }) => id === program)?.name ?? program);
};

/**
 * How the person opted out, when, and by what words. An opt-out in which a hold ended has no words of its own: the
 * words are those that were held.
 */
async function causeOfOptOut(call: PageCall, { contact, seq }: NamedOptOut) {
  const { context, viewer } = call;
  const { actor, readsEvidence } = readerOf(call);
  const found = await listConsentRecords(context, {
    ...{ contact, actor, readsEvidence },
    ...{ after: String(Math.max(0, seq - 1 - ENTRIES_BEFORE)), limit: ENTRIES_BEFORE + 1 },
  });
  const entries = (found?.items ?? [])
    .filter((entry) => entry.seq <= seq)
    .map((entry) => ({ ...entry, words: entry.personal?.words ?? null }));
  const optOut = entries.find((entry) => entry.seq === seq);
  if (optOut === undefined) return null;
  const { language, zone } = viewer;
  const cause = causeOf('opted-out', optOut.actedAt, { entries: [optOut], language, zone });
  if (cause === null) return null;
  const held = entries.findLast(({ kind }) => kind === 'held');
  return { what: cause.what, words: cause.words ?? held?.words ?? null, reading: cause.reading };
}

async function showOverturn(call: PageCall, { typed, fault, status }: Shown = FRESH): Promise<void> {
  const { context, t } = call;
  const optOut = optOutIn(call);
  const checked = optOut === null ? null : await checkOverturn(context, optOut);
  if (optOut === null || checked === null || checked.kind === 'unknown') return nothingAbout(call);
  const { ending, handle } = await personName(context, optOut.contact);
  const person = t('ending {ending} · {handle}', { ending: ending ?? '····', handle });
  const model = {
    title: t('Overturn the opt-out of the number {person}', { person }),
    ...{ contact: optOut.contact, entry: optOut.seq, typed, fault },
    cause: await causeOfOptOut(call, optOut),
    readsWords: readerOf(call).readsEvidence,
    refusal: checked.kind === 'refused' ? t(checked.sentence) : null,
    restored: checked.kind === 'possible' ? namesIn(call, checked.restored) : [],
  };
  await call.show('overturn', model, status);
}
const ask = definePage({
  method: 'get',
  path: '/people/:id/overturn/:entry',
  permission: 'consent:overturn',
  handle: (call) => showOverturn(call),
});

const form = z.object({ reason: z.string().trim().min(3).max(200) });

const overturned = definePage({
  method: 'post',
  path: '/people/:id/overturn/:entry',
  permission: 'consent:overturn',
  handle: async (call) => {
    const { context, request, viewer, t, go } = call;
    const optOut = optOutIn(call);
    const { data } = form.safeParse(request.body);
    if (optOut === null) return nothingAbout(call);
    if (data === undefined) {
      const fault = t('Say in a few words why it was no opt-out: it stays on record.');
      return showOverturn(call, { typed: typedIn(call), fault, status: 422 });
    }
    const outcome = await overturnOptOut(context, { ...optOut, ...data, actor: actorOf(viewer) });
    // The second press of the button finds the opt-out overturned by the first.
    const isDone =
      outcome.kind === 'overturned' || (outcome.kind === 'refused' && outcome.code === 'already');
    if (!isDone) return showOverturn(call, { typed: typedIn(call), fault: null, status: 409 });
    const text = t('The opt-out is overturned. What it closed is open again.');
    go(`/console/people/${optOut.contact}`, { kind: 'good', text });
  },
});

export const OVERTURN_PAGES = [ask, overturned];
