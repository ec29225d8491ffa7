import { listConsentRecords } from '../../contacts/consent-records.ts';
import { showTime } from '../../domain/console-time.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { consentSentence } from '../../domain/contacts/timeline.ts';
import { actorName } from '../actor-name.ts';
import { definePage, type PageCall } from '../page.ts';
import { contactIn, nothingAbout, readerOf } from './person.ts';

/** Entries of the ledger on one page. */
const PER_PAGE = 200;

type Records = NonNullable<Awaited<ReturnType<typeof listConsentRecords>>>;
type ConsentRecord = Records['items'][number];

/** The ledger of the person in the address, verified now; null: there is none. */
function readProof(call: PageCall): Promise<Records | null> | null {
  const contact = contactIn(call);
  if (contact === null) return null;
  const { actor, readsEvidence } = readerOf(call);
  const { after } = call.request.query;
  const from = typeof after === 'string' && /^\d{1,9}$/.test(after) ? after : null;
  return listConsentRecords(call.context, { contact, actor, readsEvidence, after: from, limit: PER_PAGE });
}

function shownEntry(call: PageCall, entry: ConsentRecord) {
  const { context, viewer, t } = call;
  const time = (at: Date): string => showTime(at, viewer.zone, viewer.language);
  const { sentence, values } = consentSentence(entry, context.catalog.current().book);
  return {
    seq: entry.seq,
    says: t(sentence, values),
    actedAt: time(entry.actedAt),
    iso: entry.actedAt.toISOString(),
    recordedAt: time(entry.recordedAt),
    words: entry.personal?.words ?? null,
    shown: entry.personal?.shown ?? null,
    channel: t(CHANNELS[entry.channel]),
    sender: entry.sender,
    actor: actorName(entry.actor, call),
    reason: entry.reason,
    answers: entry.answers,
    disclosure: entry.disclosure,
    hash: entry.hash,
    rules: entry.rules,
  };
}

const CHANNELS: Record<ConsentRecord['channel'], string> = {
  VIA_TEXT: 'by text',
  WEB_FORM: 'on a web form',
  PAPER_FORM: 'on a paper form',
  VERBAL: 'in person or by phone',
  MOBILE_QR_CODE: 'by QR code',
  IMPORT: 'by import',
  NOT_STATED: 'not stated how',
  NO_ACT: 'without an act of the person',
};

/** The newest consent on the page, with the words that the person had read before. */
function consentIn(entries: readonly ReturnType<typeof shownEntry>[], records: readonly ConsentRecord[]) {
  const confirmed = records.findLast(({ kind }) => kind === 'confirmed');
  const entry = entries.find(({ seq }) => seq === confirmed?.seq);
  if (confirmed === undefined || entry === undefined) return null;
  const asked = entries.find(({ seq }) => seq === confirmed.answers);
  return {
    at: entry.actedAt,
    how: entry.channel,
    words: entry.words,
    read: asked?.shown ?? null,
    seq: entry.seq,
  };
}

const proof = definePage({
  method: 'get',
  path: '/people/:id/proof',
  permission: 'contacts:read',
  handle: async (call) => {
    const { context, viewer, show, t } = call;
    const id = contactIn(call);
    const found = await readProof(call);
    if (id === null || found === null) return nothingAbout(call);
    const entries = found.items.map((entry) => shownEntry(call, entry));
    await show('person-proof', {
      title: t('Proof of consent of person {handle}', { handle: handleOf(id) }),
      id,
      entries,
      consent: consentIn(entries, found.items),
      fault: found.fault,
      checkedAt: showTime(context.now(), viewer.zone, viewer.language),
      last: found.items.at(-1)?.seq ?? 0,
      next: found.next,
      readsWords: readerOf(call).readsEvidence,
    });
  },
});

/** The same as a file, with everything that somebody else needs to check it (docs/evidence-check.md). */
const proofFile = definePage({
  method: 'get',
  path: '/people/:id/proof.json',
  permission: 'contacts:read',
  handle: async (call) => {
    const { context, response } = call;
    const id = contactIn(call);
    const found = await readProof(call);
    if (id === null || found === null) return nothingAbout(call);
    const { items: entries, next, fault } = found;
    response.attachment(`consent-${id}.json`);
    const verified = fault === null;
    response.json({ contact: id, checkedAt: context.now(), verified, fault, entries, next });
  },
});

export const PROOF_PAGES = [proof, proofFile];
