import { isListedAt } from '../../domain/consent/carrier-block.ts';
import type { ConsentState } from '../../domain/consent/consent-state.ts';
import type { DecisionContext, PersonAct } from '../../domain/consent/decision.ts';
import {
  type CarrierEffect,
  carrierEffect,
  receivingNumber,
  type WordClass,
} from '../../domain/opt-out-handling.ts';
import type { Sender } from '../../domain/program.ts';
import { replyDueAt } from '../../domain/sending/answer-order.ts';
import { carrierKeyword } from '../../domain/words/carrier-keywords.ts';
import { readText } from '../../domain/words/read-text.ts';
import { OPT_OUT_TYPE, type ProgramWords, type Reading } from '../../domain/words/reading.ts';
import { type CompiledWordRules, wordRulesAt } from '../../domain/words/word-rules.ts';
import type { InboundSms, Readable } from '../../sending/inbound-sms.ts';
import type { DeliveryDoc } from '../../store/deliveries/delivery.ts';
import type { AppContext } from '../app-context.ts';
import type { Catalog } from '../programs/catalog.ts';

/** The message with the sender of ours that it counts for as `to`. Its form keeps the number to which it was sent. */
export function withReceivingNumber(message: InboundSms, { book }: Catalog): InboundSms {
  const service = [message.form.MessagingServiceSid].flat()[0] ?? null;
  const to = receivingNumber(book, message.to, service);
  return to === message.to ? message : { ...message, to };
}

/** Reads the text by the rules and words in force on the day it came. */
export const readSms = (message: InboundSms, catalog: Catalog): Reading =>
  readSmsWords(message, catalog.vocabulary(message.to), wordRulesAt(message.receivedAt));

/** Reads what a text means. Twilio's OptOutType counts where the words alone do not say it. */
export function readSmsWords(message: Readable, words: ProgramWords, rules: CompiledWordRules): Reading {
  const readings = [message.body, ...message.otherBodies].map((body) => readText(body, words, rules));
  const reading = mostCautious(readings as [Reading, ...Reading[]]);
  const base = { language: reading.language, rules: reading.rules };
  if (message.optOutType === 'STOP' && reading.kind !== 'stop-all') {
    return { ...base, kind: 'stop-all', by: 'exact', wrongNumber: false, rule: OPT_OUT_TYPE };
  }
  if (ENDING.includes(reading.kind)) return reading;
  // YES or a program's keyword keeps our meaning even if the Messaging Service treats it as a START word.
  if (message.optOutType === 'START' && !OPENING.includes(reading.kind)) {
    return { ...base, kind: 'start', rule: OPT_OUT_TYPE };
  }
  if (message.optOutType === 'HELP' && reading.kind !== 'help') {
    return { ...base, kind: 'help', rule: OPT_OUT_TYPE };
  }
  return reading;
}

const ENDING: readonly Reading['kind'][] = ['stop-all', 'stop-some', 'unsure'];
const OPENING: readonly Reading['kind'][] = ['start', 'yes', 'join'];

/** The first reading that ends everything, else something, else might; if none does, the reading of the body. */
function mostCautious(readings: readonly [Reading, ...Reading[]]): Reading {
  const found = ENDING.flatMap((kind) => readings.find((reading) => reading.kind === kind) ?? []);
  return found[0] ?? readings[0];
}

/** The text as an act of one person, with what the carrier did about it. */
export function actOf(
  message: InboundSms,
  reading: Reading,
  sender: Sender | null,
  person: ConsentState,
): PersonAct {
  const listed = sender !== null && person.suppressions.some((row) => isListedAt(row, sender));
  const word = wordClass(message, reading, sender);
  const effect = carrierEffect(sender, word, listed);
  const proof = message.uncertain ? 'uncertain' : message.countedBefore ? 'counted-before' : null;
  const answered = proof !== 'uncertain' && answeredByCarrier(message, effect) && tells(word, reading);
  return {
    channel: 'VIA_TEXT',
    number: message.to,
    receivedAt: message.receivedAt,
    reading,
    words: message.body,
    carrier: { ...effect, answered },
    ...(proof === null ? {} : { proof }),
  };
}

/**
 * Whether the carrier answers this text. Advanced Opt-Out answers for every number of its Messaging Service,
 * toll-free ones too, so an OptOutType on the text counts whatever handling the sender has.
 * Source: Twilio Docs, "Advanced Opt-Out".
 */
const answeredByCarrier = ({ optOutType }: InboundSms, { answered }: CarrierEffect): boolean =>
  answered || optOutType !== null;

/**
 * Whether an answer of the carrier tells the person everything they must hear. When their words end or hold something
 * and the carrier took them for another keyword, we tell them too. The carrier sends no prompt: without ours nobody
 * could join by a keyword.
 */
const tells = (word: WordClass, { kind }: Reading): boolean =>
  kind !== 'join' && (word === 'carrier-stop' || !ENDING.includes(kind));

function wordClass(message: InboundSms, reading: Reading, sender: Sender | null): WordClass {
  const word = sender === null ? null : carrierKeyword(message.body, sender.handling);
  if (message.optOutType === 'STOP' || word?.class === 'stop') return 'carrier-stop';
  if (message.optOutType === 'HELP' || word?.class === 'help') return 'help';
  // A Messaging Service lifts only its own block; the block of a toll-free network needs START or UNSTOP itself.
  if (message.optOutType === 'START' && sender?.handling !== 'network') return 'start';
  // Only the carrier's own words lift its block. "Start!" and "yes please" do not.
  if (word?.class === 'start') return reading.kind === 'yes' ? 'yes' : 'start';
  if (reading.kind === 'stop-all' || reading.kind === 'stop-some') return 'ordinary-opt-out';
  return reading.kind === 'join' ? 'join' : 'other';
}

/** Everything that a rule may read for this text. */
export function decisionContextOf(
  act: PersonAct,
  person: ConsentState,
  catalog: Catalog,
  newId: () => string,
): DecisionContext {
  const { book, say, disclosure } = catalog;
  return { person, act, book, sender: catalog.sender(act.number), say, disclosure, newId };
}

/** The new due times of replies that waited until their opt-out was drained. */
export const dueNow = (
  { receivedAt }: Pick<InboundSms, 'receivedAt'>,
  replies: readonly Pick<DeliveryDoc, '_id' | 'place' | 'draining'>[],
): Pick<DeliveryDoc, '_id' | 'dueAt'>[] =>
  replies.flatMap(({ _id, place = 0, draining }) =>
    draining === true ? [{ _id, dueAt: replyDueAt(receivedAt, place) }] : [],
  );

/**
 * Whether a text is a full opt-out, which is handled before all others that were missed: then older texts of the
 * person do nothing, and no prompt is sent for an earlier JOIN. Returns false when the text cannot be read; handling
 * it later fails and reports why.
 */
export function isFullOptOut({ catalog }: Pick<AppContext, 'catalog'>, message: InboundSms): boolean {
  const current = catalog.current();
  try {
    return readSms(withReceivingNumber(message, current), current).kind === 'stop-all';
  } catch {
    return false;
  }
}
