import { listConsentRecords } from '../../contacts/consent-records.ts';
import { toldIn } from '../../domain/consent/ledger-origin.ts';
import { showTime } from '../../domain/console-time.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { consentSentence } from '../../domain/contacts/timeline.ts';
import { programById } from '../../domain/program.ts';
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
    told: toldIn(entry, entry.personal?.origin),
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

type Outcome = Pick<Records['outcome'], 'state' | 'decides' | 'consent' | 'question'>;

/**
 * What is so now, by what, and the consent that it rests on or that ended; whatever page of entries is shown. Where
 * the person agreed to several programs, one line for each.
 */
function answerOf(call: PageCall, { outcome, fault }: Records) {
  const { programs } = outcome;
  const [first, second] = programs;
  // An opt-out or a hold may be about more than the one program.
  const named = first !== undefined && outcome.state === 'consented' ? first.program : null;
  if (second === undefined)
    return { ...shownOutcome(call, outcome, named), sign: signOf(outcome, fault), lines: [] };
  const lines = programs.map((line) => ({
    ...shownOutcome(call, line, line.program),
    sign: SIGNS[line.state],
  }));
  return {
    ...shownOutcome(call, outcome, null),
    ...onTop(call, outcome),
    sign: signOf(outcome, fault),
    lines,
  };
}

const signOf = ({ state }: Outcome, fault: Records['fault']) => (fault === null ? SIGNS[state] : 'stop');

/** For which programs consent is in force; where for none, the sentence about the whole ledger stands. */
function onTop(call: PageCall, { state, programs }: Records['outcome']) {
  const inForce = programs.filter(({ state }) => state === 'consented');
  if (inForce.length === 0 || state !== 'consented') return { before: null };
  const names = inForce.map(({ program }) => nameOf(call, program)).join(', ');
  return { before: null, sentence: call.t('Consent is in force for {programs}.', { programs: names }) };
}

const nameOf = ({ context }: PageCall, program: string): string =>
  programById(context.catalog.current().book, program)?.name ?? program;

/** One outcome in words. `program`: the program that it is about; null: the whole ledger. */
function shownOutcome(
  call: PageCall,
  { state, decides, consent, question }: Outcome,
  program: string | null,
) {
  const { viewer, t } = call;
  const time = (at: Date): string => showTime(at, viewer.zone, viewer.language);
  const entry = decides === null ? null : shownEntry(call, decides);
  const values = { at: decides === null ? '' : time(decides.actedAt), how: entry?.channel ?? '' };
  const consented =
    consent === null ? null : { at: time(consent.actedAt), how: t(CHANNELS[consent.channel]) };
  return {
    sentence:
      program === null
        ? t(SENTENCES[state], values)
        : t(FOR_PROGRAM[state], { ...values, program: nameOf(call, program) }),
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

const FOR_PROGRAM: Record<OutcomeState, string> = {
  consented: 'For {program}: consented on {at}, {how}.',
  'on-hold': 'For {program}: on hold since {at}, nobody has decided about their text.',
  'opted-out': 'For {program}: opted out on {at}, {how}.',
  ended: 'For {program}: consent ended on {at}.',
  none: 'For {program}: no consent is on record.',
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
