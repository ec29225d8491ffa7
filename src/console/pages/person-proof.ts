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
  const after = placeIn(call);
  return listConsentRecords(call.context, { contact, actor, readsEvidence, after, limit: PER_PAGE });
}

/** The entry after which the page begins; null: from the first. */
function placeIn({ request }: PageCall): string | null {
  const { after } = request.query;
  return typeof after === 'string' && /^[1-9]\d{0,8}$/.test(after) ? after : null;
}

function shownEntry(call: PageCall, entry: ConsentRecord) {
  const { context, viewer, t } = call;
  const time = (at: Date): string => showTime(at, viewer.zone, viewer.language, 'second');
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

/** What is so now, by what, and the consent that it rests on or that ended; whatever page of entries is shown. */
function answerOf(call: PageCall, { outcome, fault }: Records) {
  const { viewer, t } = call;
  const time = (at: Date): string => showTime(at, viewer.zone, viewer.language);
  const { state, decides, consent, question } = outcome;
  const consented =
    consent === null ? null : { at: time(consent.actedAt), how: t(CHANNELS[consent.channel]) };
  const entry = decides === null ? null : shownEntry(call, decides);
  const values = { at: decides === null ? '' : time(decides.actedAt), how: entry?.channel ?? '' };
  return {
    sign: fault === null ? SIGNS[state] : 'stop',
    sentence: t(SENTENCES[state], values),
    before:
      consented === null || state === 'consented'
        ? null
        : t('Before that: consented on {at}, {how}.', consented),
    seq: entry?.seq ?? null,
    words: entry?.words ?? null,
    agreed: consent === null ? null : { seq: consent.seq, words: consent.personal?.words ?? null },
    read: question?.personal?.shown ?? null,
    isInForce: state === 'consented',
  };
}

type OutcomeState = Records['outcome']['state'];

const SENTENCES: Record<OutcomeState, string> = {
  consented: 'Consented on {at}, {how}.',
  'on-hold': 'On hold since {at}: nobody has decided about their text.',
  'opted-out': 'Opted out on {at}, {how}.',
  ended: 'Consent ended on {at}.',
  none: 'No consent is on record.',
};

const SIGNS: Record<OutcomeState, 'good' | 'wait' | 'stop' | 'off'> = {
  consented: 'good',
  'on-hold': 'wait',
  'opted-out': 'stop',
  ended: 'off',
  none: 'off',
};

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
      answer: answerOf(call, found),
      isLater: placeIn(call) !== null,
      fault: found.fault,
      checkedAt: showTime(context.now(), viewer.zone, viewer.language),
      count: found.outcome.count,
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
