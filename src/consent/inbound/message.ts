import { createHash } from 'node:crypto';
import type { Doubt } from '../../domain/certain-form.ts';
import { isListedAt } from '../../domain/consent/carrier-opting-out.ts';
import type { Act, Turn } from '../../domain/consent/outcome.ts';
import type { Person } from '../../domain/consent/person.ts';
import { numberOf } from '../../domain/numbers.ts';
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
import { type InboundDoor, OPT_OUT_TYPE } from '../../store/consent/inbound.ts';
import type { DeliveryDoc } from '../../store/deliveries/deliveries.ts';
import type { Addresses } from '../../store/deliveries/new-delivery.ts';
import type { Catalog } from '../catalog.ts';

/** One inbound text as the carrier posted or listed it. */
export type InboundMessage = {
  sid: string;
  /** The number that wrote; "" where the form names none. */
  from: string;
  /** Our number that it counts as one to. */
  to: string;
  /** Both as the carrier wrote them, with their channel: what answers it goes back the same way. */
  addresses: Addresses;
  body: string;
  /** What else the form may say, where it is odd: a second body, bytes in another encoding. Read for an opt-out only. */
  otherBodies: string[];
  /** Set by Twilio's Advanced Opt-Out only: it has answered already. */
  optOutType: 'STOP' | 'START' | 'HELP' | null;
  receivedAt: Date;
  door: InboundDoor;
  /** The form as it came, kept sealed; unknown fields too. */
  form: Record<string, string | string[]>;
  /** Of a form that may have been cut out of another one: why, and the carrier's id that it claims; its `sid` is then our own. */
  uncertain?: { claimed: string | null; doubt: Doubt };
  /** It is the carrier's copy of a text that ended something already as its uncertain form came. */
  countedBefore?: true;
};

/** Our own id of a text that goes by no id of the carrier's: of its form. */
export const uncertainId = (form: InboundMessage['form']): string =>
  `uncertain.${createHash('sha256').update(JSON.stringify(form)).digest('hex')}`;

/** What is read of a text. */
export type Readable = Pick<InboundMessage, 'body' | 'otherBodies' | 'optOutType'>;

/** The fields of a message that two addresses of the carrier's are. */
export const addressed = (from: string, to: string): Pick<InboundMessage, 'from' | 'to' | 'addresses'> => ({
  from: numberOf(from).slice(0, LONGEST_ADDRESS),
  to: numberOf(to).slice(0, LONGEST_ADDRESS),
  addresses: { from: from.slice(0, LONGEST_ADDRESS), to: to.slice(0, LONGEST_ADDRESS) },
});

/** Longer than any address of the carrier's. */
const LONGEST_ADDRESS = 100;

/** The text as one to the number of ours that it counts for; its form still names the number it came to. */
export function toOneOfOurs(message: InboundMessage, { book }: Catalog): InboundMessage {
  const service = [message.form.MessagingServiceSid].flat()[0] ?? null;
  const to = receivingNumber(book, message.to, service);
  return to === message.to ? message : { ...message, to };
}

/** What the text means by the rules and words of the day on which it came. */
export const readingOf = (message: InboundMessage, catalog: Catalog): Reading =>
  readBy(message, catalog.vocabulary(message.to), wordRulesAt(message.receivedAt));

/** What a text means; the carrier's own word about an opt-out counts where the text alone does not say it. */
export function readBy(message: Readable, words: ProgramWords, rules: CompiledWordRules): Reading {
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
export function actOf(message: InboundMessage, reading: Reading, sender: Sender | null, person: Person): Act {
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
const answeredByCarrier = ({ optOutType }: InboundMessage, { answered }: CarrierEffect): boolean =>
  answered || optOutType !== null;

/**
 * Whether an answer of the carrier would tell the person all they must hear. Where the words end or hold something and it took
 * them for another, they still hear of that from us. It asks nothing: without our question nobody could join by a keyword.
 */
const tells = (word: WordClass, { kind }: Reading): boolean =>
  kind !== 'join' && (word === 'carrier-stop' || !ENDING.includes(kind));

function wordClass(message: InboundMessage, reading: Reading, sender: Sender | null): WordClass {
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
export function turnOf(act: Act, person: Person, catalog: Catalog, newId: () => string): Turn {
  const { book, say, disclosure } = catalog;
  return { person, act, book, sender: catalog.sender(act.number), say, disclosure, newId };
}

/** Replies to a text that waited for what it ended, as they are due once that is over. */
export const dueNow = (
  { receivedAt }: Pick<InboundMessage, 'receivedAt'>,
  replies: readonly Pick<DeliveryDoc, '_id' | 'place' | 'draining'>[],
): Pick<DeliveryDoc, '_id' | 'dueAt'>[] =>
  replies.flatMap(({ _id, place = 0, draining }) =>
    draining === true ? [{ _id, dueAt: replyDueAt(receivedAt, place) }] : [],
  );
