import type { AppContext } from '../consent/app-context.ts';
import { personSubject, recordAudit } from '../consent/audit/audit.ts';
import type { EvidenceReader } from '../consent/contact-refs.ts';
import { actOf, decisionContextOf, readSms } from '../consent/inbound/interpret.ts';
import type { Catalog } from '../consent/programs/catalog.ts';
import { type ConsentState, emptyConsentState } from '../domain/consent/consent-state.ts';
import { decide } from '../domain/consent/decide.ts';
import type { LedgerDraft, ReplyDraft } from '../domain/consent/decision.ts';
import { isStillAsked, readAsAnswer } from '../domain/consent/prompts.ts';
import { type AnswerReader, type PersonAnswer, personAnswer } from '../domain/contacts/person-answer.ts';
import { MINUTE_MS } from '../domain/durations.ts';
import { programById } from '../domain/program.ts';
import { mayReceive, type Reason } from '../domain/sending/send-rules.ts';
import { countParts } from '../domain/text/parts.ts';
import type { Reading } from '../domain/words/reading.ts';
import type { InboundSms } from '../sending/inbound-sms.ts';
import { contactById, type OpenedContact } from './find-contact.ts';

/** One text that nobody sent, and what it would do. */
export type TriedText = {
  words: string;
  reading: Reading;
  /** What the ledger would say. Empty: nothing about consent changes. */
  events: LedgerDraft[];
  /** What they would get. `refused`: why the send rules would keep it back; empty: it would leave. */
  replies: (Pick<ReplyDraft, 'class' | 'language' | 'text'> & { parts: number; refused: Reason[] })[];
  /** What the carrier would answer by itself. */
  isAnsweredByCarrier: boolean;
  /** May they be texted, after it. */
  after: PersonAnswer;
};

type TryOrder = {
  texts: readonly string[];
  /** The number of ours that is texted. */
  number: string;
  /** The contact who would write; null: somebody whom we do not know. */
  contact: string | null;
  /** Whether each text follows the one before, as in a conversation; false: each by itself. */
  isConversation: boolean;
  reader: EvidenceReader & AnswerReader;
};

/** `was`: what is true of the person before the first text. */
type Tried = { was: PersonAnswer; texts: TriedText[] };

/**
 * What texts would do, by the rules, programs and consent of this moment. Writes nothing, but for the audit entry of
 * looking at a person. Null when there is no such contact, or it was erased.
 */
export async function tryTexts(
  context: Pick<AppContext, 'audit' | 'catalog' | 'log' | 'now' | 'ring' | 'store'>,
  { texts, number, contact: id, isConversation, reader }: TryOrder,
): Promise<Tried | null> {
  const contact = id === null ? null : await contactById(context, id);
  if (id !== null && contact === null) return null;
  if (id !== null) {
    const { actor } = reader;
    const details = { texts: texts.length };
    await recordAudit(context, { actor, act: 'texts-tried', subject: personSubject(id), details });
  }
  const catalog = context.catalog.current();
  const begun = context.now();
  const from = contact === null ? emptyConsentState() : shownTo(contact.person, reader);
  const around = { catalog, number, contact, reader };
  let person = from;
  const tried = texts.map((words, at) => {
    const now = new Date(begun.getTime() + (isConversation ? at * MINUTE_MS : 0));
    const outcome = tryText(around, isConversation ? person : from, words, now);
    person = outcome.person;
    return outcome.tried;
  });
  return { was: answerAbout(around, from, begun), texts: tried };
}

/** The state without the person's own words, which the answer to WHY quotes, for a reader who may not see them. */
function shownTo(person: ConsentState, { readsEvidence }: EvidenceReader): ConsentState {
  if (readsEvidence) return person;
  const subscriptions = person.subscriptions.map((subscription) =>
    subscription.basis === null
      ? subscription
      : { ...subscription, basis: { ...subscription.basis, words: '…' } },
  );
  return { ...person, subscriptions };
}

type Around = { catalog: Catalog; number: string; contact: OpenedContact | null; reader: AnswerReader };

function tryText(
  around: Around,
  before: ConsentState,
  words: string,
  now: Date,
): { tried: TriedText; person: ConsentState } {
  const { catalog, number } = around;
  const message = messageOf(words, number, now);
  const act = actOf(message, readSms(message, catalog), catalog.sender(number), before);
  let ids = 0;
  const newId = (): string => {
    ids += 1;
    return `tried-${now.getTime()}-${ids}`;
  };
  const turn = { ...decisionContextOf(act, before, catalog, newId), decidedAt: now };
  const { person, events, replies } = decide(turn);
  const reading = readAsAnswer(turn);
  const shown = replies.map((reply) => ({
    class: reply.class,
    language: reply.language,
    text: reply.text,
    parts: countParts(reply.text).parts,
    refused: refusalOf(around, { reply, person, now }),
  }));
  const after = answerAbout(around, person, now);
  const tried = { words, reading, events, replies: shown, after, isAnsweredByCarrier: act.carrier.answered };
  return { tried, person: withPromptsSent(person, replies, now) };
}

const messageOf = (words: string, number: string, now: Date): InboundSms => ({
  sid: 'tried',
  from: '',
  to: number,
  addresses: { from: '', to: number },
  body: words,
  otherBodies: [],
  optOutType: null,
  receivedAt: now,
  door: 'webhook',
  form: {},
});

type PlannedReply = { reply: ReplyDraft; person: ConsentState; now: Date };

/** Why the send rules would keep a reply back. */
function refusalOf({ catalog, number }: Around, { reply, person, now }: PlannedReply): Reason[] {
  const sender = catalog.sender(number);
  const target = {
    program: reply.program,
    topic: reply.topic ?? null,
    sender: number,
    service: sender?.messagingServiceSid ?? null,
  };
  const request = {
    class: reply.class,
    target,
    answers: { receivedAt: now },
    own: reply.class === 'prompt',
    promptOpen: isStillAsked(person, reply.prompt, now),
    handling: sender?.handling ?? null,
  };
  const verdict = mayReceive(request, person, programById(catalog.book, reply.program), now);
  return verdict.allowed ? [] : verdict.reasons;
}

/** The state once the carrier has taken the prompts: the next text of the conversation may answer them. */
function withPromptsSent(person: ConsentState, replies: readonly ReplyDraft[], now: Date): ConsentState {
  const sent = new Set(replies.map(({ prompt }) => prompt));
  const prompts = person.prompts.map((prompt) =>
    sent.has(prompt.id) ? { ...prompt, handedOverAt: now } : prompt,
  );
  return { ...person, prompts };
}

function answerAbout({ catalog, contact, reader }: Around, person: ConsentState, now: Date): PersonAnswer {
  const { book } = catalog;
  const isUntouched = contact === null && person.seq === 0;
  const known = isUntouched ? 'nobody' : contact?.stored.current === false ? 'former' : 'holder';
  const isReassigned = contact?.stored.holderCheck?.answer === 'yes';
  return personAnswer({ known, person, book, now, entries: [], isReassigned, quiet: null }, reader);
}
