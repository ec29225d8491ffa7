import { type ConsentState, subscriptionTo } from '../consent/consent-state.ts';
import { languageFor } from '../consent/program-text.ts';
import {
  findSender,
  type Language,
  type Program,
  type ProgramBook,
  type Purpose,
  type Sender,
  type Topic,
} from '../program.ts';
import { namesBrand, namesOptOut } from '../text/mentions.ts';
import { countParts, fitsTwilio } from '../text/parts.ts';
import { NO_TEXT } from '../text/system-messages.ts';
import { mayReceive, type Reason, type Request, type SendVerdict } from './send-rules.ts';

/** Most parts of one text. The carrier would take eleven of GSM-7: 1600 characters, Twilio error 21617. */
export const MOST_PARTS = 10;

/** Longest and shortest validity of a message, minutes. Source: Twilio Docs, `ValidityPeriod` (at most 36,000 s). */
export const VALID_MINUTES = { least: 1, most: 600 } as const;

/**
 * What is wrong with a text from outside, with its place; null where the text can be sent unchanged. Never quotes the
 * text. `withMedia`: the text is sent as one MMS, which has no parts.
 */
export function faultIn(text: string, withMedia = false): string | null {
  if (text.trim() === '') return 'It is empty.';
  const stray = NO_TEXT.exec(text);
  if (stray !== null) return `Character ${placeOf(text, stray.index)} ${nameOf(stray[0])}.`;
  // Checked first: an endless text is not worth counting.
  if (!fitsTwilio(text)) return `It has ${text.length} characters; the carrier takes 1600.`;
  const { parts, encoding, offenders } = countParts(text);
  if (withMedia || parts <= MOST_PARTS) return null;
  const [first] = offenders;
  const because =
    first === undefined ? '' : `, because character ${placeOf(text, text.indexOf(first))} is not in GSM-7`;
  return `It needs ${parts} parts in ${encoding}${because}; at most ${MOST_PARTS} are sent.`;
}

/** Counted in characters from 1, as a person would count. */
const placeOf = (text: string, index: number): number => [...text.slice(0, index)].length + 1;

function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  if (/\p{Cc}/u.test(character)) return `is a control character (${hex})`;
  return `is no character (${hex})`;
}

/** Advice to the author of a text. The text is sent all the same. */
export const NOTES = {
  'names-no-brand':
    'The text names neither the brand nor the program. Twilio Messaging Policy: every message identifies its sender, except within a conversation.',
  'names-no-opt-out':
    'The text does not say how to stop. AT&T Code of Conduct, November 2020: each recurring message says it.',
} as const;
export type Note = keyof typeof NOTES;

export function notesOn(text: string, program: Program, purpose: Purpose): Note[] {
  const silent =
    purpose === 'marketing' && !program.languages.some((language) => namesOptOut(text, language, program));
  const noBrand: Note[] = namesBrand(text, program) ? [] : ['names-no-brand'];
  return silent ? [...noBrand, 'names-no-opt-out'] : noBrand;
}

/** An order of one message with words from outside, to one person about one topic of one program. */
export type MessageOrder = {
  program: Program;
  topic: Topic;
  sender: Sender;
  text: string;
  language: Language | null;
  /** Addresses of pictures. The message is then one MMS. */
  media?: readonly string[];
  /**
   * Reasons why the person could not get the message when its text was made. The text then contains samples in place
   * of issued values, such as a coupon.
   */
  unissued?: readonly Reason[];
};

/** How the message is to be planned for this person, and what the send rules say about it now. */
export function messagePlan(
  { program, topic, sender, text, language, media = [], unissued = [] }: MessageOrder,
  person: ConsentState,
  now: Date,
) {
  const request = requestOf(program, topic, sender);
  const verdict = mayReceive(request, person, program, now);
  return {
    class: request.class,
    target: request.target,
    verdict: verdict.allowed ? unlessUnissued(unissued) : verdict,
    language: languageFor(program, language, person),
    parts: media.length > 0 ? 1 : countParts(text).parts,
  };
}

/** A text with samples is never sent, whatever the person may get by now. */
const unlessUnissued = (reasons: readonly Reason[]): SendVerdict =>
  reasons.length === 0 ? { allowed: true } : { allowed: false, reasons: [...reasons] };

/** The class of a message that answers nothing follows from its topic's purpose, never from the sender. */
export const CLASS_OF = { marketing: 'marketing', informational: 'transactional' } as const satisfies Record<
  Purpose,
  'marketing' | 'transactional'
>;

/** Our number that a message would be sent from. */
type From = Pick<Sender, 'number' | 'messagingServiceSid'>;

/** The request to the send rules for a message of one topic that answers no text. */
export function requestOf({ id: program }: Program, topic: Topic, from: From) {
  const target = { program, topic: topic.id, sender: from.number, service: from.messagingServiceSid };
  const messageClass = CLASS_OF[topic.purpose];
  return { class: messageClass, target, answers: null, own: false, promptOpen: false } satisfies Request;
}

/**
 * The verdict of the send rules on a message of one topic now, from the first number of its program, where no number
 * is chosen for the person. Throws where the program lacks the topic.
 */
export function topicVerdict(
  person: ConsentState,
  book: ProgramBook,
  program: Program,
  topic: string,
  now: Date,
): SendVerdict {
  const known = program.topics.find((known) => known.id === topic);
  if (known === undefined) throw new Error('a topic of another program was asked about');
  const number = program.numbers[0] ?? '';
  const messagingServiceSid = findSender(book, number)?.messagingServiceSid ?? null;
  return mayReceive(requestOf(program, known, { number, messagingServiceSid }), person, program, now);
}

/**
 * What decides whether one message may be sent this minute. `from`: null where no number of ours may write to the
 * person.
 */
export type Moment = { program: Program; from: From | null; quiet: boolean; now: Date };

const NO_NUMBER: From = { number: '', messagingServiceSid: null };

/** Whether a message of one topic may be sent this minute, caps aside. `quiet`: quiet hours for marketing apply. */
export function verdictNow(
  person: ConsentState,
  topic: Topic,
  { program, from, quiet, now }: Moment,
): SendVerdict {
  const verdict = mayReceive(requestOf(program, topic, from ?? NO_NUMBER), person, program, now);
  const reasons: Reason[] = verdict.allowed ? [] : [...verdict.reasons];
  if (from === null) reasons.push('no-sender');
  if (reasons.length === 0 && quiet && topic.purpose === 'marketing') reasons.push('quiet-hours');
  return reasons.length === 0 ? { allowed: true } : { allowed: false, reasons };
}

/** Whether a message of any chosen topic may be sent now; otherwise the reasons why none may. */
export function programVerdict(person: ConsentState, moment: Moment): SendVerdict {
  const { program } = moment;
  const on = subscriptionTo(person, program.id)?.topics ?? [];
  const known = program.topics.filter((topic) => on.length === 0 || on.includes(topic.id));
  const verdicts = known.map((topic) => verdictNow(person, topic, moment));
  if (verdicts.some((verdict) => verdict.allowed)) return { allowed: true };
  const reasons = new Set(verdicts.flatMap((verdict): Reason[] => (verdict.allowed ? [] : verdict.reasons)));
  return { allowed: false, reasons: reasons.size === 0 ? ['not-subscribed'] : [...reasons] };
}
