import type { EventKind } from '../consent/decision.ts';
import { pauseDaysOf } from '../consent/ledger-origin.ts';
import { readScope, type Scope } from '../consent/suppression.ts';
import { type ProgramBook, programById, wordsIn } from '../program.ts';
import type { DELIVERY_STATES } from '../sending/delivery-sentence.ts';
import type { MessageClass } from '../sending/lanes.ts';
import type { StateSign } from './person-answer.ts';

/** What a timeline can show: what the person wrote, what we sent, what the ledger says, what staff noted. */
export const TIMELINE_KINDS = ['text', 'message', 'consent', 'staff'] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** An English sentence with places, and what fills them, so that a page can show it in another language. */
export type TimelineSentence = { sentence: string; values: Record<string, string> };

const plain = (sentence: string): TimelineSentence => ({ sentence, values: {} });

export const fillIn = ({ sentence, values }: TimelineSentence): string =>
  sentence.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);

/** What the rules read in a text, after "Read as:". */
const READINGS: Record<string, string> = {
  'stop-all': 'Read as: opt out of everything.',
  'stop-some': 'Read as: opt out of a part.',
  unsure: 'Read as: perhaps an opt-out.',
  join: 'Read as: join.',
  start: 'Read as: start again.',
  yes: 'Read as: yes.',
  no: 'Read as: no.',
  help: 'Read as: asks for help.',
  menu: 'Read as: asks for the list of topics.',
  why: 'Read as: asks why they get texts.',
  preferences: 'Read as: asks what they get.',
  pause: 'Read as: pause.',
  resume: 'Read as: go on after a pause.',
  'topics-on': 'Read as: turn topics on.',
  'birth-date': 'Read as: a birth date.',
  unknown: 'No rule read it.',
  empty: 'It had no words.',
};

export const readingSentence = (kind: string): string => READINGS[kind] ?? 'No rule read it.';

const MESSAGES: Record<MessageClass, string> = {
  reply: 'We replied.',
  help: 'We answered HELP.',
  'joining-help': 'We said how to join.',
  'unknown-answer': 'We said what they can text.',
  'required-answer': 'We answered as the law asks.',
  'opt-out-confirmation': 'We confirmed the opt-out.',
  'hold-notice': 'We said that their texts are on hold.',
  prompt: 'We asked them to confirm.',
  'staff-answer': 'Staff answered.',
  transactional: 'A service message.',
  marketing: 'A marketing message.',
};

const TEST_MESSAGE = 'A test, to a phone of staff.';

/** Says what kind of message it was. One that staff sent to a phone of their own as a test reads as a test. */
export const messageSentence = (row: { class: MessageClass; test?: boolean | undefined }): TimelineSentence =>
  plain(row.test === true ? TEST_MESSAGE : MESSAGES[row.class]);

/** A message of a campaign is named by it: people get many of them. */
export const campaignSentence = (campaign: string): TimelineSentence => ({
  sentence: 'A message of the campaign “{campaign}”.',
  values: { campaign },
});

/** The state of a message in one word, with its sign. */
export const MESSAGE_STATES: Record<(typeof DELIVERY_STATES)[number], { sign: StateSign; word: string }> = {
  planned: { sign: 'wait', word: 'Waits' },
  sending: { sign: 'wait', word: 'Being sent' },
  accepted: { sign: 'wait', word: 'With the carrier' },
  sent: { sign: 'wait', word: 'Passed on' },
  delivered: { sign: 'good', word: 'Delivered' },
  undelivered: { sign: 'stop', word: 'Not delivered' },
  failed: { sign: 'stop', word: 'Failed' },
  skipped: { sign: 'off', word: 'Not sent' },
  canceled: { sign: 'off', word: 'Canceled' },
  expired: { sign: 'off', word: 'Too late' },
  unknown: { sign: 'wait', word: 'Unknown' },
};

/** The fields of a ledger entry that its sentence needs. */
export type LedgerAct = {
  kind: EventKind;
  program: string | null;
  topics: readonly string[];
  scope: Scope | null;
  reason: string | null;
};

const CONSENT: Record<Exclude<EventKind, 'withdrawn'>, string> = {
  requested: 'They asked to join {program}.',
  prompted: 'We put the question of {program} to them.',
  affirmed: 'They said yes to {program}; their age was still to be asked.',
  confirmed: 'Consent to {program} confirmed.',
  refused: 'They said no to {program}.',
  expired: 'The question of {program} ended without an answer.',
  superseded: 'A newer question took the place of the one about {program}.',
  'topic-on': 'Turned on: {topics}.',
  'topic-off': 'Turned off: {topics}.',
  'menu-shown': 'We listed what they can choose.',
  paused: 'Marketing was paused for {days} days.',
  resumed: 'The pause ended.',
  held: 'Put on hold until somebody decides about their text.',
  released: 'The hold was released.',
  overturned: 'The opt-out was taken back.',
  'carrier-blocked': 'The carrier began to block us.',
  'carrier-unblocked': 'The block of the carrier ended.',
  'number-suppressed': 'The number was found to take no texts.',
  'number-restored': 'The number takes texts again.',
  ended: 'Consent to {program} ended.',
  ineffective: 'Recorded without effect: {reason}.',
  erased: 'What was known about them was erased.',
};

/** One entry of the ledger as a sentence. */
export function consentSentence(act: LedgerAct, book: ProgramBook): TimelineSentence {
  const program = act.program === null ? null : programById(book, act.program);
  const topics = act.topics.map((id) => {
    const topic = program?.topics.find((known) => known.id === id);
    return topic === undefined ? id : wordsIn(topic.name, 'en');
  });
  const values = {
    program: program?.name ?? act.program ?? 'a program',
    topics: topics.join(', '),
    days: String(pauseDaysOf(act) || ''),
    reason: act.reason ?? 'nothing to change',
  };
  const sentence = act.kind === 'withdrawn' ? withdrawn(act.scope) : CONSENT[act.kind];
  return { sentence, values: placesOf(sentence, values) };
}

function withdrawn(scope: Scope | null): string {
  const over = scope === null ? { kind: 'all' as const } : readScope(scope);
  if (over.kind === 'program') return 'Opted out of {program}.';
  return over.kind === 'topic' ? 'Opted out of {topics} of {program}.' : 'Opted out of everything.';
}

const placesOf = (sentence: string, values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => sentence.includes(`{${name}}`)));
