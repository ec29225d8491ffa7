import { type Doubt, nextFetchAt } from '../../domain/certain-form.ts';
import { beginsNewHolder } from '../../domain/consent/consent-end.ts';
import { openPrompt } from '../../domain/consent/consent-state.ts';
import { decide, forgetsWords } from '../../domain/consent/decide.ts';
import type { DecisionContext } from '../../domain/consent/decision.ts';
import { isRefused, readAsAnswer } from '../../domain/consent/prompts.ts';
import type { Scope } from '../../domain/consent/suppression.ts';
import { urgencyOf } from '../../domain/inbox.ts';
import type { Reading } from '../../domain/words/reading.ts';
import { loadLanguageDetector } from '../../domain/words/unread-language.ts';
import { cancelAndDrain, drainClaimed } from '../../sending/cancel-and-drain.ts';
import type { InboundSms } from '../../sending/inbound-sms.ts';
import { firstReplyId } from '../../sending/plan-delivery.ts';
import { uncertainId } from '../../sending/twilio/webhook-forms.ts';
import { StaleRead } from '../../store/consent/commit.ts';
import { findInbound, type InboundDoc, insertInbound } from '../../store/consent/inbound-texts.ts';
import { keepUncertain, type UncertainText } from '../../store/consent/uncertain-texts.ts';
import type { ContactDoc } from '../../store/contacts/contacts.ts';
import type { OpenContact } from '../../store/contacts/open-contact.ts';
import { findWithSuppressions, othersNow } from '../../store/contacts/person-facts.ts';
import { findDeliveries } from '../../store/deliveries/delivery.ts';
import { makeDueNow } from '../../store/deliveries/queue.ts';
import { sealByRing } from '../../store/sealing/keys.ts';
import { inSession, withTimeLimit } from '../../store/transaction.ts';
import { type AppContext, type Log, withRequestId } from '../app-context.ts';
import { type BuiltChange, buildChange } from '../build-change.ts';
import { newPromptId } from '../commit-act.ts';
import {
  closedAt,
  closingOf,
  drainWhatClosed,
  endsSomething,
  letOffersSettle,
  mayClose,
  scopesOf,
  type UnderWay,
  waitForPrompt,
} from '../drain-opt-out.ts';
import type { Catalog } from '../programs/catalog.ts';
import { inboundDoc, type RowOf, type Written } from './inbound-record.ts';
import { actOf, decisionContextOf, dueNow, readSms, withReceivingNumber } from './interpret.ts';
import type { Spool } from './spool.ts';

/** Time limit for writing a text to the database before it is spooled, ms. Twilio waits 15 s in all. */
const DATABASE_MS = 8000;

/** `id`: the request id, for the log. */
export type TakeIn = (message: InboundSms, id?: unknown) => Promise<void>;

/**
 * Accepts one text whatever the state of the database. Records the text and plans its replies, or spools the text so
 * that both happen once the database is back. Rejects, after logging, when the database and the spool both fail.
 */
export function createInboundAcceptor(
  context: AppContext,
  spool: Spool,
  count: (outcome: 'spooled' | 'refused') => void,
): TakeIn {
  // Now, so that no text waits for it.
  loadLanguageDetector();
  const underWay = new Map<string, Promise<unknown>>();
  const once = async (message: InboundSms, id: unknown): Promise<void> => {
    const log = withRequestId(context.log, id);
    try {
      await withTimeLimit(DATABASE_MS, recordAndReply(context, message, log));
    } catch (error) {
      log.warn({ error }, 'a text was written to the spool because the database did not store it');
      await spool.append(message).catch((failed: unknown) => {
        count('refused');
        log.error({ error: failed }, 'a text was refused because the spool could not store it either');
        throw failed;
      });
      count('spooled');
    }
  };
  return async (message, id) => {
    // A second post of the same MessageSid waits for the first and is then handled as a repeat.
    const earlier = underWay.get(message.sid);
    if (earlier !== undefined) await earlier.catch(() => undefined);
    const run = once(message, id);
    underWay.set(message.sid, run);
    try {
      await run;
    } finally {
      if (underWay.get(message.sid) === run) underWay.delete(message.sid);
    }
  };
}

/**
 * The use case of one inbound text from any entry point (webhook, spool, Twilio's message list). When it resolves,
 * the text is durable, its replies are planned, and an opt-out has canceled the planned deliveries and waited for the
 * claimed ones. A text without a sender is stored sealed and logged as an error. Rejects when the database does not
 * accept the text: the caller then spools it.
 */
export async function recordAndReply(
  context: AppContext,
  posted: InboundSms,
  log = context.log,
): Promise<void> {
  try {
    await receiveOnce(context, posted, log);
  } catch (error) {
    if (!(error instanceof StaleCatalog)) throw error;
    await recordAndReply(context, posted, log);
  }
}

/** Programs or senders were saved after this process read the text by the older ones. Nothing is written yet. */
class StaleCatalog extends Error {}

async function receiveOnce(context: AppContext, posted: InboundSms, log: Log): Promise<void> {
  if (posted.uncertain !== undefined) return receiveUncertain(context, posted, posted.uncertain, log);
  if (posted.from === '') return keepUnreadable(context, posted, log);
  const catalog = context.catalog.current();
  const message = withReceivingNumber(posted, catalog);
  const reading = readSms(message, catalog);
  const done = await commit(context, { message, reading, catalog });
  // kill point: after-commit
  if (done.kind === 'repeated') {
    const closing = closingOf(reading);
    if (endsMore(reading.kind, done.inbound.reading.kind))
      return recordAndReply(context, withOtherWords(posted), log);
    context.onText?.('repeated');
    return drainRepeatedText(context, message, done.inbound, closing);
  }
  context.onText?.('recorded');
  const { change } = done.result;
  raiseAlarm(context, change.inbound, log);
  // kill point: stop-committed
  await drainWhatClosed(context, done.result, reading);
  // kill point: stop-drained
  await makeDueNow(context.store, dueNow(message, change.deliveries));
}

/** Rank of how much a text ends by its words alone. A kind that is missing ends nothing. */
const ENDS: Readonly<Record<string, number>> = {
  ...({ 'stop-all': 3, 'stop-some': 2, unsure: 1 } satisfies Partial<Record<Reading['kind'], number>>),
};

/** Whether a text of the first kind ends more, by its words, than a text of the other kind. */
export const endsMore = (kind: string, other: string): boolean => (ENDS[kind] ?? 0) > (ENDS[other] ?? 0);

/**
 * Handles a text whose MessageSid is known with other words as an uncertain text: the opt-out in its words counts at
 * once, and Twilio is asked what it stores under that id.
 */
const withOtherWords = (message: InboundSms): InboundSms => ({
  ...message,
  sid: uncertainId(message.form),
  uncertain: { claimed: message.sid, doubt: { kind: 'other-words', field: null } },
});

/**
 * Handles a form that may have been cut out of another signed form. The form is stored until Twilio's own record
 * settles it. An opt-out in its words takes effect at once, because the form may be genuine; no message is sent for
 * it, and nothing else of the form counts until then.
 */
async function receiveUncertain(
  context: AppContext,
  posted: InboundSms,
  { claimed, doubt }: NonNullable<InboundSms['uncertain']>,
  log: Log,
): Promise<void> {
  const catalog = context.catalog.current();
  const message = withReceivingNumber(posted, catalog);
  const reading = readSms(message, catalog);
  const ends = posted.from !== '' && endsMore(reading.kind, '');
  const [known] = claimed === null ? [] : await findInbound(context.store, [claimed]);
  if (known !== undefined && !(ends && endsMore(reading.kind, known.reading.kind))) {
    context.onText?.('repeated');
    return drainRepeatedText(context, message, known, { scopes: [], hold: false });
  }
  if (posted.from === '')
    log.error({ sid: posted.sid }, 'a signed text names no sender; its copy is fetched from the carrier');
  const isNew = await keepUncertain(context.store, uncertainOf(context, posted, claimed, doubt));
  context.onText?.(isNew ? 'uncertain' : 'repeated');
  if (!ends) return;
  const done = await commit(context, { message, reading, catalog });
  if (done.kind === 'written') return void (await drainWhatClosed(context, done.result, reading));
  const closing = closingOf(reading);
  if (isNewOptOut(message, done.inbound, closing)) return recordAndReply(context, withTime(posted), log);
  return drainRepeatedText(context, message, done.inbound, closing);
}

const uncertainOf = (
  { ring, now }: Pick<AppContext, 'now' | 'ring'>,
  { sid: _id, to, receivedAt, form }: InboundSms,
  claimed: string | null,
  doubt: Doubt,
): UncertainText => ({
  ...{ _id, open: true, claimed, to, receivedAt, doubt },
  fetchAt: claimed === null ? null : (nextFetchAt(receivedAt, receivedAt) ?? now()),
  sealed: sealByRing(ring, `inbound:${_id}`, JSON.stringify(form)),
});

/**
 * Whether a form without a MessageSid is an opt-out of its own although the same bytes came within the last hour. The
 * person may have joined again in between, and a repeated opt-out does no harm.
 */
const isNewOptOut = (
  { sid, receivedAt }: InboundSms,
  before: InboundDoc,
  { scopes, hold }: { scopes: readonly Scope[]; hold: boolean },
): boolean =>
  /^unnamed\.[0-9a-f]+$/.test(sid) &&
  scopes.length > 0 &&
  !hold &&
  receivedAt.getTime() !== before.receivedAt.getTime();

const withTime = (message: InboundSms): InboundSms => ({
  ...message,
  sid: `${message.sid}.${message.receivedAt.getTime()}`,
});

/**
 * Handles a MessageSid that is already recorded. No reply is planned. If this text or the recorded one ends
 * something, deliveries planned before the recorded text are canceled and claimed ones are waited for again;
 * deliveries planned since then, after the person joined again, stay. Then the replies to the recorded text are made
 * due, in case the process that recorded it died before doing so. Rejects with `StaleRead` when the contact could
 * only be read as it was before the text: the caller then spools the text.
 */
async function drainRepeatedText(
  context: Pick<AppContext, 'monotonic' | 'store'>,
  message: InboundSms,
  inbound: InboundDoc,
  stated: { scopes: Scope[]; hold: boolean },
): Promise<void> {
  const { contact: id, reading, receivedAt, rev } = inbound;
  // Twilio's message list returns every text again and again. Only the first import of a text ends something.
  if (message.door === 'list' || id === null) return;
  const read = await inSession(context.store, (session) => findWithSuppressions(context.store, id, session));
  // A newly elected primary may answer with a contact from before the text, whose claimed deliveries would be older
  // still.
  if (read === null || read.contact.rev < rev) throw new StaleRead('a text is newer than its contact');
  const { contact, suppressions } = read;
  const scopes = [...new Set([...stated.scopes, ...closedAt(suppressions, receivedAt)])];
  const hold = stated.hold || reading.kind === 'unsure';
  if (scopes.length > 0 || hold || (mayClose(reading.kind) && contact.prompts.some(isRefused))) {
    await endAgain(context, contact, { scopes, hold, rev });
  } else if (reading.kind === 'pause') await letOffersSettle(context, contact._id, contact.personId);
  await makeDueNow(context.store, dueNow(inbound, await findDeliveries(context.store, inbound.answers)));
}

/**
 * Cancels and drains once more what a text ended when it was written at revision `rev`. On the person's other numbers
 * claimed deliveries are waited for but none is canceled: deliveries there may have been planned after the person
 * joined again, and the gate checks their consent.
 */
async function endAgain(
  { store, monotonic }: Pick<AppContext, 'monotonic' | 'store'>,
  { _id, prompts, personId, follows }: ContactDoc,
  ended: { scopes: Scope[]; hold: boolean; rev: number },
): Promise<void> {
  const others = await othersNow(store, { _id, personId });
  const elsewhere = ended.scopes.length === 0 ? [] : others.map((otherContact) => otherContact._id);
  await Promise.all([
    cancelAndDrain(store, { ...ended, contact: _id, prompts, personId: undefined, follows }, monotonic),
    elsewhere.length > 0 && drainClaimed(store, elsewhere, monotonic),
  ]);
}

type Read = { message: InboundSms; reading: Reading; catalog: Catalog };

/**
 * Readings that may end something, but not everything: the answer says what comes from now on, or why marketing is
 * withheld, which depends on the person's other numbers.
 */
const SAYS_WHAT_COMES = new Set<string>(['birth-date', 'stop-some', 'no'] satisfies Reading['kind'][]);

/**
 * Decides from the person's current state and writes the decision. A YES first waits for a claimed prompt that it may
 * answer.
 */
async function commit(context: AppContext, { message, reading, catalog }: Read): Promise<Written> {
  const { store, monotonic, writer } = context;
  const index = context.indexOf(message.from);
  let asked: UnderWay | null = null;
  const submit = (mayWait: boolean): ReturnType<typeof writer.submit<BuiltChange>> =>
    writer.submit({
      index,
      number: message.from,
      sid: message.sid,
      alone: mayEndSomething(reading),
      asksOthers: SAYS_WHAT_COMES.has(reading.kind),
      beginsNewHolder: (person) =>
        message.uncertain === undefined &&
        beginsNewHolder(person, { reading, receivedAt: message.receivedAt }),
      prepare: (holder, at) => {
        if (context.catalog.current().book !== catalog.book) throw new StaleCatalog();
        asked = mayWait ? questionUnderWay({ message, reading, catalog, holder }) : null;
        if (asked !== null) return null;
        const prepared = prepareText({ message, reading, catalog, holder, at });
        return { change: prepared.change, result: prepared };
      },
    });
  const first = await submit(true);
  if (first.kind !== 'nothing') return first;
  // `prepare` sets it during the submit above.
  await waitForPrompt(store, asked as UnderWay | null, monotonic);
  const second = await submit(false);
  if (second.kind === 'nothing') throw new Error('the consent writer wrote nothing for a text');
  return second;
}

type Writing = Read & { holder: OpenContact; at: Date };

/** Builds the changes and replies for one text from one holder. Nothing is written yet. */
export function prepareText({ message, reading, catalog, holder, at }: Writing): BuiltChange {
  const turn = turnFor({ message, reading, catalog, holder });
  const cause = `inbound ${message.sid}`;
  turn.decidedAt = at;
  turn.replyId = firstReplyId(holder, cause);
  const keepWords = !forgetsWords(turn);
  const meant = readAsAnswer(turn);
  const outcome = decide(turn);
  const from = { number: message.from, messageSid: message.sid };
  const decided = {
    person: outcome.person,
    events: outcome.events,
    replies: outcome.replies,
    about: {
      channel: 'VIA_TEXT' as const,
      sender: message.to,
      actor: 'person',
      rules: reading.rules,
      actedAt: message.receivedAt,
      recordedAt: at,
      personal: keepWords ? { ...from, words: message.body } : from,
    },
    book: catalog.book,
    sender: turn.sender,
    cause,
    answers: { sid: message.sid, receivedAt: message.receivedAt },
    addresses: message.addresses,
    draining: endsSomething(outcome, reading),
    inbound: (row: RowOf) => inboundDoc(message, row, { reading: meant, holder, keepWords, at }),
  };
  return buildChange(holder, decided, at);
}

function turnFor({ message, reading, catalog, holder }: Omit<Writing, 'at'>): DecisionContext {
  // An uncertain text gets no sender, so that no message is sent for it.
  const sender = message.uncertain === undefined ? catalog.sender(message.to) : null;
  const act = actOf(message, reading, sender, holder.person);
  return { ...decisionContextOf(act, holder.person, catalog, newPromptId), sender };
}

/**
 * The prompt that a YES may answer when that prompt is not known to have been sent before the YES; otherwise null.
 */
function questionUnderWay(writing: Omit<Writing, 'at'>): UnderWay | null {
  const turn = turnFor(writing);
  if (readAsAnswer(turn).kind !== 'yes') return null;
  const asked = openPrompt(turn.person, turn.act.number);
  const { receivedAt } = writing.message;
  if (asked === null || (asked.handedOverAt !== null && asked.handedOverAt <= receivedAt)) return null;
  const { id: prompt, issuedAt } = asked;
  return { contact: writing.holder.id, prompt, issuedAt };
}

/** Stores a text without a sender sealed, so that staff can look at it. */
async function keepUnreadable(context: AppContext, message: InboundSms, log: Log): Promise<void> {
  log.error({ sid: message.sid }, 'a signed text names no sender; it is stored as unreadable');
  const isNew = await insertInbound(context.store, {
    _id: message.sid,
    contact: null,
    rev: 0,
    to: message.to,
    receivedAt: message.receivedAt,
    recordedAt: context.now(),
    door: message.door,
    reading: { kind: 'unreadable', rule: 'no-sender', rules: '' },
    inbox: 'open',
    urgency: urgencyOf(null),
    sealed: null,
    unreadable: sealByRing(context.ring, `inbound:${message.sid}`, JSON.stringify(message.form)),
    answers: [],
  });
  context.onText?.(isNew ? 'unreadable' : 'repeated');
}

function raiseAlarm({ onAlarm }: Pick<AppContext, 'onAlarm'>, text: InboundDoc | null, log: Log): void {
  if (text?.alarm === undefined) return;
  const { contact, alarm } = text;
  log.warn({ contact, alarm: alarm.kind, rules: alarm.rules }, 'a text has words that staff must read');
  onAlarm?.(alarm.kind);
}

/** A NO or a birth date may end something too; only the person's state decides that. */
const mayEndSomething = (reading: Reading): boolean => scopesOf(reading).length > 0 || mayClose(reading.kind);
