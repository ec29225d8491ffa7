import { momentWords, notBeforeWords } from '../console-time.ts';
import { type Program, type ProgramBook, programById, type Sender, wordsIn } from '../program.ts';
import type { Failing } from '../sending/last-messages.ts';
import { isListed } from './carrier-block.ts';
import { CHANNELS, type Channel } from './channels.ts';
import { type ChosenTopic, chosenTopics } from './coming-texts.ts';
import {
  agreedByText,
  CONSENT_END_REASONS,
  type ConsentState,
  type Subscription,
  subscriptionTo,
} from './consent-state.ts';
import { restrictionsElsewhere } from './kept-back.ts';
import type { PromptRefusal } from './ledger-reasons.ts';
import { keywordOf, languageFor, topicsOn } from './program-text.ts';
import { isStanding, readScope, type Scope, type Suppression, standingRows } from './suppression.ts';
import { channelOf } from './suppression-origin.ts';

/** How the person agreed or left, as the end of a sentence. */
export const HOW: Record<Channel, string> = {
  VIA_TEXT: 'by text',
  WEB_FORM: 'on a web form',
  PAPER_FORM: 'on a paper form',
  VERBAL: 'in person or by phone',
  MOBILE_QR_CODE: 'by QR code',
  IMPORT: 'by import',
};

/** What is known about a person beside their consent. */
export type SentFacts = {
  failing: Failing | null;
  /** The quiet hours that keep marketing back now. `until`: null when no hour of the next days is permitted. */
  quiet: { until: Date | null; zone: string } | null;
};

const NOTHING_SENT: SentFacts = { failing: null, quiet: null };

/** One plain sentence that answers "am I opted out?", "what am I in?" and "what comes?", for support to read out. */
export function statusSentence(
  person: ConsentState,
  book: ProgramBook,
  now: Date,
  { failing, quiet }: SentFacts = NOTHING_SENT,
): string {
  const words = wording(person, book);
  const parts = [
    main(person, words, { book, now }),
    ...(quiet === null ? [] : [quietHours(quiet)]),
    ...elsewhere(person, words, now),
    ...barriers(person, words),
    ...(failing === null ? [] : [failed(failing, words)]),
  ];
  return `${parts.join('; ')}.`;
}

const quietHours = ({ until, zone }: NonNullable<SentFacts['quiet']>): string =>
  until === null
    ? 'quiet hours keep marketing back, and no hour of the next eight days is permitted'
    : `quiet hours keep marketing back until ${notBeforeWords(until, zone)}`;

function failed({ count, last, words: why, isNewerOpen }: Failing, { moment }: Words): string {
  const known = isNewerOpen === true ? ' whose end is known' : '';
  const which =
    count === 1
      ? `the last message${known} failed on ${moment(last)}`
      : `the last ${count} messages${known} failed, the newest on ${moment(last)}`;
  return `${which}: ${why.replace(/\.$/, '')}`;
}

function main(person: ConsentState, words: Words, at: { book: ProgramBook; now: Date }): string {
  const joined = person.subscriptions.filter(
    (subscription) => subscription.state === 'subscribed' && !isClosed(person, subscription.program),
  );
  if (joined.length > 0) return subscribed(person, joined, words, at);
  const pending = person.subscriptions.filter((subscription) => subscription.state === 'pending');
  const optOut = standingKind(person, 'opt-out');
  if (optOut !== undefined) {
    const left = leftAll('everything', optOut, words);
    return pending.length > 0
      ? `${notYet(person, pending, words, at.now)}; they had ${left}`
      : `Must not be texted: ${left}`;
  }
  const hold = standingKind(person, 'hold');
  if (hold !== undefined) return onHold(hold, words);
  if (pending.length > 0) return notYet(person, pending, words, at.now);
  return `In no program${history(person, words)}`;
}

type Words = {
  name: (program: string) => string;
  topics: (program: string) => string;
  moment: (at: Date) => string;
};

function wording(person: ConsentState, book: ProgramBook): Words {
  const find = (id: string): Program | null => programById(book, id);
  const zone = find(person.subscriptions[0]?.program ?? '')?.zone ?? book.programs[0]?.zone;
  return {
    name: (id) => find(id)?.name ?? id,
    topics: (id) => {
      const program = find(id);
      return program === null
        ? ''
        : topicsOn(person, program)
            .map(({ name }) => wordsIn(name, 'en'))
            .join(', ');
    },
    moment: (at) => momentWords(at, zone),
  };
}

function subscribed(
  person: ConsentState,
  joined: Subscription[],
  words: Words,
  { book, now }: { book: ProgramBook; now: Date },
): string {
  const programs = joined.flatMap(({ program }) => programById(book, program) ?? []);
  const chosen = programs.flatMap((program) => chosenTopics(person, program, book, now));
  const none = chosen.every(({ obstacle }) => obstacle !== null);
  const each = joined.map(
    (subscription) =>
      `${words.name(subscription.program)} (${words.topics(subscription.program) || 'no topic is on'}) since ${words.moment(subscription.since)}${how(subscription)}`,
  );
  const { pausedUntil } = person;
  const paused = pausedUntil !== null && pausedUntil > now;
  const optOut = standingKind(person, 'opt-out');
  return [
    `${none ? 'Gets no texts now: subscribed' : 'Subscribed'} to ${each.join(' and ')}`,
    ...ends(programs),
    ...needsYes(chosen),
    ...(paused ? [`marketing is paused until ${words.moment(pausedUntil)}`] : []),
    ...(optOut === undefined ? [] : [leftAll('everything else', optOut, words)]),
  ].join('; ');
}

const ends = (programs: readonly Program[]): string[] =>
  programs.filter(({ status }) => status === 'ended').map(({ name }) => `${name} has ended`);

/** Topics that no text is sent about until the person agrees anew: consent grew too old, or never was to this purpose. */
function needsYes(chosen: readonly ChosenTopic[]): string[] {
  const topics = chosen
    .filter(({ obstacle }) => obstacle === 'needs-yes')
    .map(({ topic }) => wordsIn(topic.name, 'en'));
  return topics.length === 0 ? [] : [`texts about ${topics.join(', ')} need a new YES`];
}

function how({ basis }: Subscription): string {
  if (basis === null) return '';
  const { channel } = basis;
  if (channel === 'VIA_TEXT' || !agreedByText(basis)) return `, ${HOW[channel]}`;
  return `, ${HOW.VIA_TEXT}, asked for ${HOW[channel]}`;
}

/** Whether an opt-out of everything, or a hold, is in force that this program's confirmation has not lifted. */
export function isClosed(person: ConsentState, program: string): boolean {
  return person.suppressions.some(
    (row) =>
      row.scope === 'all' && (row.kind === 'opt-out' || row.kind === 'hold') && isStanding(row, program),
  );
}

export function standingKind(person: ConsentState, kind: 'opt-out' | 'hold'): Suppression | undefined {
  return person.suppressions.find((row) => row.scope === 'all' && row.kind === kind && isStanding(row, null));
}

/** What the person said on another of their numbers, which binds marketing to this one. */
function elsewhere({ others }: ConsentState, words: Words, now: Date): string[] {
  const said = (others ?? []).flatMap(({ suppressions, pausedUntil }) => [
    ...suppressions.filter((row) => isStanding(row, null)).flatMap((row) => saidBy(row, words)),
    ...(pausedUntil !== null && pausedUntil > now
      ? [`paused marketing on another number until ${words.moment(pausedUntil)}`]
      : []),
  ]);
  return [...new Set(said)];
}

function saidBy({ kind, scope, since }: Suppression, words: Words): string[] {
  const day = words.moment(since);
  if (kind === 'hold') return [`another number of theirs has been on hold since ${day}`];
  if (kind !== 'opt-out') return [];
  return [`opted out of ${scope === 'all' ? 'everything' : 'a part'} on another number on ${day}`];
}

/** What keeps texts from arriving, whatever the person wants. */
function barriers(person: ConsentState, words: Words): string[] {
  const { wrongNumberAt = null } = person;
  const wrong =
    wrongNumberAt === null ? [] : [`on ${words.moment(wrongNumberAt)} they said that it is a wrong number`];
  const rows = person.suppressions.flatMap((row) => {
    if (!isStanding(row, null)) return [];
    if (row.kind === 'hygiene') return `the number takes no texts, since ${words.moment(row.since)}`;
    if (row.kind !== 'carrier') return [];
    return `the carrier has blocked our texts from ${senderOf(row.scope)} since ${words.moment(row.since)}`;
  });
  return [...wrong, ...rows];
}

/** The number or the Messaging Service of ours that a block covers. */
function senderOf(scope: Scope): string {
  const over = readScope(scope);
  if (over.kind === 'sender') return over.sender;
  return over.kind === 'service' ? over.service : scope;
}

function leftAll(what: string, row: Suppression, words: Words): string {
  const channel = CHANNELS.find((known) => known === channelOf(row.origin));
  return `opted out of ${what}${channel === undefined ? '' : ` ${HOW[channel]}`} on ${words.moment(row.since)}`;
}

/** Somebody who was asked and has not answered: until when a YES counts. */
function notYet(person: ConsentState, pending: Subscription[], words: Words, now: Date): string {
  const asked = pending.map(({ program, since }) => {
    const prompt = person.prompts.find((prompt) => prompt.program === program && prompt.state === 'open');
    const about = `We asked about ${words.name(program)} at ${words.moment(prompt?.issuedAt ?? since)}`;
    if (prompt === undefined) return about;
    const good = prompt.expiresAt > now ? 'is' : 'was';
    return `${about}; their YES ${good} good until ${words.moment(prompt.expiresAt)}`;
  });
  return `Not yet. ${asked.join('. ')}`;
}

function onHold({ since, until }: Suppression, words: Words): string {
  const end = until === null ? '' : `; if nobody decides by ${words.moment(until)}, it becomes an opt-out`;
  return `Must not be texted for now: on hold since ${words.moment(since)} until a person decides about their last text${end}`;
}

const ENDED = {
  unsubscribed: 'left',
  refused: 'said no to',
  expired: 'did not answer the question of',
} as const;

function history(person: ConsentState, words: Words): string {
  const ended = person.subscriptions.flatMap(({ state, program, since, endedBy }) => {
    if (state === 'pending' || state === 'subscribed') return [];
    if (endedBy !== undefined) {
      return `consent to ${words.name(program)} ended on ${words.moment(since)} because ${CONSENT_END_REASONS[endedBy]}`;
    }
    return `${ENDED[state]} ${words.name(program)} on ${words.moment(since)}`;
  });
  return ended.length === 0 ? '' : `: ${ended.join('; ')}`;
}

/**
 * A sentence for the caller of another channel that requested a prompt and got none: what to do instead. `refusal`:
 * null when the request did not get as far as the prompt. `from`: the sender that would have sent the prompt.
 */
export function toDoInstead(
  person: ConsentState,
  program: Program,
  from: Sender,
  refusal: PromptRefusal | null,
  now: Date,
): string {
  if (refusal === 'question-open') {
    return 'The person has a question of ours to answer. Ask again when they have, or when it is over.';
  }
  if (refusal === 'too-young')
    return 'Nothing. The person can be asked again 90 days after they gave the birth date.';
  const keyword = keywordOf(program, languageFor(program, null, person));
  const { number, handling, messagingServiceSid: service } = from;
  const target = { program: program.id, topic: null, sender: number, service };
  const blocks = (kind: 'carrier' | 'hygiene') => standingRows(person.suppressions, target, [kind]);
  if (blocks('hygiene').length > 0) {
    return `Ask the person for another number, or to text ${keyword} to ${number} from this one.`;
  }
  // Where we handle opt-outs ourselves, or the person is on no list of the carrier, the keyword lifts the block too.
  if (handling !== 'own' && blocks('carrier').some((row) => isListed(row, handling))) {
    return `Ask the person to text START to ${number} from their own phone, and then ${keyword}.`;
  }
  const topics = subscriptionTo(person, program.id)?.topics ?? [];
  const stopped = restrictionsElsewhere(person, program, target, topics, now).has('other-number-stopped');
  if (refusal === 'already-in' && !stopped && blocks('carrier').length === 0) return 'Nothing is needed.';
  return `Ask the person to text ${keyword} to ${number} from their own phone.`;
}
