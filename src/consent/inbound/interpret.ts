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
import type { ProgramWords, Reading } from '../../domain/words/reading.ts';
import { type CompiledWordRules, wordRulesAt } from '../../domain/words/word-rules.ts';
import type { InboundSms, Readable } from '../../sending/inbound-sms.ts';
import { OPT_OUT_TYPE } from '../../store/consent/inbound-texts.ts';
import type { DeliveryDoc } from '../../store/deliveries/delivery.ts';
import type { AppContext } from '../app-context.ts';
import type { Catalog } from '../programs/catalog.ts';

/** The text as one to the number of ours that it counts for; its form still names the number it came to. */
export function withReceivingNumber(message: InboundSms, { book }: Catalog): InboundSms {
  const service = [message.form.MessagingServiceSid].flat()[0] ?? null;
  const to = receivingNumber(book, message.to, service);
  return to === message.to ? message : { ...message, to };
}

/** What the text means by the rules and words of the day on which it came. */
export const readSms = (message: InboundSms, catalog: Catalog): Reading =>
  readSmsWords(message, catalog.vocabulary(message.to), wordRulesAt(message.receivedAt));

/** What a text means; the carrier's own word about an opt-out counts where the text alone does not say it. */
export function readSmsWords(message: Readable, words: ProgramWords, rules: CompiledWordRules): Reading {
  const readings = [message.body, ...message.otherBodies].map((body) => readText(body, words, rules));
  const reading = mostCautious(readings as [Reading, ...Reading[]]);
  const base = { language: reading.language, rules: reading.rules };
  if (message.optOutType === 'STOP' && reading.kind !== 'stop-all') {
    return { ...base, kind: 'stop-all', by: 'exact', wrongNumber: false, rule: OPT_OUT_TYPE };
  }
  if (ENDING.includes(reading.kind)) return reading;
  // Where YES or a program's keyword is a word of the service too, it still means what it means to us.
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

/** The first that ends everything, else something, else might; without one, what the body itself says. */
function mostCautious(readings: readonly [Reading, ...Reading[]]): Reading {
  const found = ENDING.flatMap((kind) => readings.find((one) => one.kind === kind) ?? []);
  return found[0] ?? readings[0];
}

/** The act of one person that a text is, with what the carrier did about it. */
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
 * Whoever handles opt-outs on the number: Advanced Opt-Out holds for every number of its Messaging Service, toll-free ones too.
 * Source: Twilio Docs, "Advanced Opt-Out".
 */
const answeredByCarrier = ({ optOutType }: InboundSms, { answered }: CarrierEffect): boolean =>
  answered || optOutType !== null;

/**
 * Whether an answer of the carrier would tell the person all they must hear. Where the words end or hold something and it took
 * them for another, they still hear of that from us. It asks nothing: without our question nobody could join by a keyword.
 */
const tells = (word: WordClass, { kind }: Reading): boolean =>
  kind !== 'join' && (word === 'carrier-stop' || !ENDING.includes(kind));

function wordClass(message: InboundSms, reading: Reading, sender: Sender | null): WordClass {
  const word = sender === null ? null : carrierKeyword(message.body, sender.handling);
  if (message.optOutType === 'STOP' || word?.class === 'stop') return 'carrier-stop';
  if (message.optOutType === 'HELP' || word?.class === 'help') return 'help';
  // A service lifts its own block alone: that of a toll-free network takes START or UNSTOP itself.
  if (message.optOutType === 'START' && sender?.handling !== 'network') return 'start';
  // Only the carrier's own words lift its block: "Start!" and "yes please" are left to us.
  if (word?.class === 'start') return reading.kind === 'yes' ? 'yes' : 'start';
  if (reading.kind === 'stop-all' || reading.kind === 'stop-some') return 'ordinary-opt-out';
  return reading.kind === 'join' ? 'join' : 'other';
}

/** Everything a rule may look at for this text. */
export function decisionContextOf(
  act: PersonAct,
  person: ConsentState,
  catalog: Catalog,
  newId: () => string,
): DecisionContext {
  const { book, say, disclosure } = catalog;
  return { person, act, book, sender: catalog.sender(act.number), say, disclosure, newId };
}

/** Replies to a text that waited for what it ended, as they are due once that is over. */
export const dueNow = (
  { receivedAt }: Pick<InboundSms, 'receivedAt'>,
  replies: readonly Pick<DeliveryDoc, '_id' | 'place' | 'draining'>[],
): Pick<DeliveryDoc, '_id' | 'dueAt'>[] =>
  replies.flatMap(({ _id, place = 0, draining }) =>
    draining === true ? [{ _id, dueAt: replyDueAt(receivedAt, place) }] : [],
  );

/**
 * Whether a text is taken before all others that nobody was there for: an opt-out of everything. What is older than it does
 * nothing then, and no question to a JOIN from before it leaves. False where the text cannot be read: that fails, and is told,
 * where it is taken in.
 */
export function isFullOptOut({ catalog }: AppContext, message: InboundSms): boolean {
  const current = catalog.current();
  try {
    return readSms(withReceivingNumber(message, current), current).kind === 'stop-all';
  } catch {
    return false;
  }
}
