import { decide, forgetsWords } from '../../domain/consent/decide.ts';
import { beginsNewHolder } from '../../domain/consent/former-holder.ts';
import { readAsAnswer } from '../../domain/consent/questions/answering.ts';
import { entersInbox, isUnanswered, type OpenItem } from '../../domain/inbox/entering.ts';
import { alarmIn } from '../../domain/words/alarm-words.ts';
import { complains } from '../../domain/words/complaint-words.ts';
import type { Reading } from '../../domain/words/reading.ts';
import type { Cleared } from '../../sending/gate.ts';
import type { InboundDoc } from '../../store/consent/inbound.ts';
import type { DeliveryDoc } from '../../store/deliveries/deliveries.ts';
import { makeDue } from '../../store/deliveries/due.ts';
import type { Holder } from '../../store/people/holder.ts';
import type { Catalog } from '../catalog.ts';
import type { Desk, Log } from '../desk.ts';
import { endsSomething, letEnd } from '../let-end.ts';
import { newPromptId } from '../opt-in.ts';
import { firstReplyId } from '../plan-reply.ts';
import { type Prepared, prepare, type Tools } from '../prepare.ts';
import { closingOf, mayClose, scopesOf } from '../scopes.ts';
import type { Start } from '../writer.ts';
import { askedFromNow } from './asked-late.ts';
import { actOf, type InboundMessage, readingOf, toOneOfOurs, turnOf } from './message.ts';
import { answerAgain, clearedInTime } from './repeated.ts';
import { idOfNext } from './unnamed.ts';
import { sealForm } from './words.ts';

/**
 * The use-case of one inbound text: durable before it resolves, with what may be said now. What it ended is over by
 * then: an opt-out has canceled what was planned and waited for what was under way.
 * Rejects where the database could not take it: the caller spools it.
 */
export async function receive(desk: Desk, posted: InboundMessage, log = desk.log): Promise<Cleared[]> {
  const began = desk.monotonic();
  const catalog = desk.catalog.current();
  const message = toOneOfOurs(posted, catalog);
  const reading = readingOf(message, catalog);
  const index = desk.indexOf(message.from);
  const indexOf = (number: string): string => (number === message.from ? index : desk.indexOf(number));
  const tools = { now: desk.now, monotonic: desk.monotonic, indexOf };
  const done = await desk.writer.submit({
    index,
    number: message.from,
    sid: message.sid,
    alone: mayEndSomething(reading),
    // It may end a program, and it may begin one, whose answer says what keeps marketing back.
    asksOthers: reading.kind === 'birth-date',
    beginsNewHolder: (person) => beginsNewHolder(person, { reading, receivedAt: message.receivedAt }),
    prepare: (holder, start) => {
      const prepared = prepareText(tools, { message, reading, catalog, holder, start });
      return { change: prepared.change, result: prepared };
    },
  });
  // kill point: after-commit
  if (done.kind === 'nothing') return [];
  if (done.kind === 'repeated') {
    const closing = closingOf(reading);
    const next = await idOfNext(desk.store, message, done.inbound, closing);
    if (next !== null) return receive(desk, { ...posted, sid: next }, log);
    desk.onText?.('repeated');
    return answerAgain(desk, message, done.inbound, closing);
  }
  desk.onText?.('recorded');
  const { cleared, change } = done.result;
  if (cleared.length > 0) await askedFromNow(desk, change);
  const going = await clearedInTime(desk, await afterEnding(desk, { message, reading, done, log }), began);
  if (going.length > 0) await askedFromNow(desk, change);
  return going;
}

type Recorded = { message: InboundMessage; reading: Reading; done: { result: Prepared }; log: Log };

/** What was cleared with the text, once what the text ended is over. */
async function afterEnding(desk: Desk, { message, reading, done, log }: Recorded): Promise<Cleared[]> {
  const { cleared, change } = done.result;
  raiseAlarm(desk, change.inbound, log);
  // kill point: stop-committed
  if (!(await letEnd(desk, done.result, reading))) return cleared;
  // kill point: stop-quenched
  // What the dispatcher says of it was planned a minute ahead (`planReply`); its wait is over.
  if (message.door !== 'webhook') await makeDue(desk.store, idsOf(change.deliveries), desk.now());
  return cleared;
}

type Writing = { message: InboundMessage; reading: Reading; catalog: Catalog; holder: Holder; start: Start };

/** What one text from one holder changes and says: nothing is written yet. */
export function prepareText(tools: Tools, { message, reading, catalog, holder, start }: Writing): Prepared {
  const sender = catalog.sender(message.to);
  const act = actOf(message, reading, sender, holder.person);
  const cause = `inbound ${message.sid}`;
  const replyId = firstReplyId(holder, cause);
  const turn = turnOf(act, holder.person, catalog, newPromptId);
  turn.decidedAt = start.at;
  turn.replyId = replyId;
  const keepWords = !forgetsWords(turn);
  const meant = readAsAnswer(turn);
  const outcome = decide(turn);
  const later = endsSomething(outcome, reading) ? 'once-over' : 'later';
  const from = { number: message.from, messageSid: message.sid };
  return prepare(
    holder,
    {
      person: outcome.person,
      events: outcome.events,
      replies: outcome.replies,
      about: {
        channel: 'VIA_TEXT',
        sender: message.to,
        actor: 'person',
        rules: reading.rules,
        actedAt: message.receivedAt,
        recordedAt: start.at,
        personal: keepWords ? { ...from, words: message.body } : from,
      },
      book: catalog.book,
      sender,
      cause,
      answers: { sid: message.sid, receivedAt: message.receivedAt },
      leaves: message.door === 'webhook' ? 'now' : later,
      inbound: (written) => inboundDoc(message, written, { reading: meant, holder, keepWords, at: start.at }),
    },
    start,
    tools,
  );
}

type Written = Pick<InboundDoc, 'answers'> & { contact: string; rev: number };
type Recording = { reading: Reading; holder: Holder; keepWords: boolean; at: Date };

function inboundDoc(message: InboundMessage, written: Written, about: Recording): InboundDoc {
  const { kind, rule, rules } = about.reading;
  const alarm = alarmIn(message.body);
  const unanswered = isUnanswered(about.reading) && about.keepWords;
  const open = about.holder.stored?.inboxItem ?? null;
  const urgency = entersInbox({ unanswered, alarm }, open);
  const form = about.keepWords ? message.form : { ...message.form, Body: '' };
  const box = sealForm(about.holder.keys.profile, message.sid, form);
  const row: InboundDoc = {
    _id: message.sid,
    contact: written.contact,
    rev: written.rev,
    to: message.to,
    receivedAt: message.receivedAt,
    recordedAt: about.at,
    door: message.door,
    reading: { kind, rule, rules },
    sealed: box,
    unreadable: null,
    answers: written.answers,
  };
  if (message.post !== null) row.post = message.post;
  if (complains(message.body)) row.complaint = true;
  if (alarm !== null) row.alarm = alarm;
  if (urgency !== null) Object.assign(row, { inbox: 'open', urgency, ...beginning(open) });
  if (!about.keepWords) row.forgotten = true;
  return row;
}

/** Where the item that a text adds to began. */
const beginning = (open: OpenItem | null): Pick<InboundDoc, 'begins'> =>
  open === null ? {} : { begins: open.begins ?? open.text };

function raiseAlarm({ onAlarm }: Desk, text: InboundDoc | null, log: Log): void {
  if (text?.alarm === undefined) return;
  const { contact, alarm } = text;
  log.warn({ contact, alarm: alarm.kind, rules: alarm.rules }, 'a text has words that call a person');
  onAlarm?.(alarm.kind);
}

const idsOf = (rows: readonly DeliveryDoc[]): string[] => rows.map((row) => row._id);

/** Of a NO, or a birth date, only the state of the person tells. */
const mayEndSomething = (reading: Reading): boolean => scopesOf(reading).length > 0 || mayClose(reading.kind);
