import { type Book, type Program, programById } from '../../program.ts';
import { CONSENT_END_REASONS } from '../ending.ts';
import { topicsOn } from '../naming.ts';
import { agreedByText, CHANNELS, type Channel, type Person, type Subscription } from '../person.ts';
import { type Suppression, stands } from '../suppression.ts';

/** By which door someone agreed or left, as the end of a sentence. */
export const HOW: Record<Channel, string> = {
  VIA_TEXT: 'by text',
  WEB_FORM: 'on a web form',
  PAPER_FORM: 'on a paper form',
  VERBAL: 'in person or by phone',
  MOBILE_QR_CODE: 'by QR code',
  IMPORT: 'by import',
};

/** One plain sentence that answers "am I opted out?" and "what am I in?", for support to read out. */
export function statusSentence(person: Person, book: Book, now: Date): string {
  const words = wording(person, book);
  return `${[main(person, words, now), ...elsewhere(person, words, now), ...barriers(person, words)].join('; ')}.`;
}

function main(person: Person, words: Words, now: Date): string {
  const joined = person.subscriptions.filter(
    (one) => one.state === 'subscribed' && !isClosed(person, one.program),
  );
  if (joined.length > 0) return subscribed(person, joined, words, now);
  const pending = person.subscriptions.filter((one) => one.state === 'pending');
  const optOut = standingKind(person, 'opt-out');
  if (optOut !== undefined) {
    return `Must not be texted: ${leftAll('everything', optOut, words)}${askedAgain(pending, words)}`;
  }
  const hold = standingKind(person, 'hold');
  if (hold !== undefined) return onHold(hold, words);
  if (pending.length > 0) return `Waiting for ${questions(pending, words)}`;
  return `In no program${history(person, words)}`;
}

type Words = {
  name: (program: string) => string;
  topics: (program: string) => string;
  day: (at: Date) => string;
};

function wording(person: Person, book: Book): Words {
  const find = (id: string): Program | null => programById(book, id);
  const timeZone = find(person.subscriptions[0]?.program ?? '')?.zone ?? book.programs[0]?.zone ?? 'UTC';
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone });
  return {
    name: (id) => find(id)?.name ?? id,
    topics: (id) => {
      const program = find(id);
      return program === null
        ? ''
        : topicsOn(person, program)
            .map(({ name }) => name.en)
            .join(', ');
    },
    day: (at) => day.format(at),
  };
}

function subscribed(person: Person, joined: Subscription[], words: Words, now: Date): string {
  const each = joined.map(
    (one) =>
      `${words.name(one.program)} (${words.topics(one.program) || 'no topic is on'}) since ${words.day(one.since)}${how(one)}`,
  );
  const { pausedUntil } = person;
  const paused = pausedUntil !== null && pausedUntil > now;
  const optOut = standingKind(person, 'opt-out');
  return [
    `Subscribed to ${each.join(' and ')}`,
    ...(paused ? [`marketing is paused until ${words.day(pausedUntil)}`] : []),
    ...(optOut === undefined ? [] : [leftAll('everything else', optOut, words)]),
  ].join('; ');
}

function how({ basis }: Subscription): string {
  if (basis === null) return '';
  const { channel } = basis;
  if (channel === 'VIA_TEXT' || !agreedByText(basis)) return `, ${HOW[channel]}`;
  return `, ${HOW.VIA_TEXT}, asked for ${HOW[channel]}`;
}

/** Under an opt-out from everything, or a hold, that this program's confirmation has not lifted. */
function isClosed(person: Person, program: string): boolean {
  return person.suppressions.some(
    (row) => row.scope === 'all' && (row.kind === 'opt-out' || row.kind === 'hold') && stands(row, program),
  );
}

function standingKind(person: Person, kind: 'opt-out' | 'hold'): Suppression | undefined {
  return person.suppressions.find((row) => row.scope === 'all' && row.kind === kind && stands(row, null));
}

/** What they said by another number of theirs, which binds marketing to this one. */
function elsewhere({ others }: Person, words: Words, now: Date): string[] {
  const said = (others ?? []).flatMap(({ suppressions, pausedUntil }) => [
    ...suppressions.filter((row) => stands(row, null)).flatMap((row) => saidBy(row, words)),
    ...(pausedUntil !== null && pausedUntil > now
      ? [`paused marketing on another number until ${words.day(pausedUntil)}`]
      : []),
  ]);
  return [...new Set(said)];
}

function saidBy({ kind, scope, since }: Suppression, words: Words): string[] {
  const day = words.day(since);
  if (kind === 'hold') return [`another number of theirs has been on hold since ${day}`];
  if (kind !== 'opt-out') return [];
  return [`opted out of ${scope === 'all' ? 'everything' : 'a part'} on another number on ${day}`];
}

/** What keeps texts from arriving, whatever the person wants. */
function barriers(person: Person, words: Words): string[] {
  const { wrongNumberAt = null } = person;
  const wrong =
    wrongNumberAt === null ? [] : [`on ${words.day(wrongNumberAt)} they said that it is a wrong number`];
  const rows = person.suppressions.flatMap((row) => {
    if (!stands(row, null)) return [];
    if (row.kind === 'hygiene') return `the number takes no texts, since ${words.day(row.since)}`;
    if (row.kind !== 'carrier') return [];
    return `the carrier has blocked our texts from ${row.scope.replace(/^\w+:/, '')} since ${words.day(row.since)}`;
  });
  return [...wrong, ...rows];
}

function leftAll(what: string, row: Suppression, words: Words): string {
  const channel = CHANNELS.find((one) => row.source.startsWith(one));
  return `opted out of ${what}${channel === undefined ? '' : ` ${HOW[channel]}`} on ${words.day(row.since)}`;
}

function askedAgain(pending: Subscription[], words: Words): string {
  return pending.length === 0 ? '' : `; waiting for ${questions(pending, words)}`;
}

function questions(pending: Subscription[], words: Words): string {
  return pending
    .map((one) => `a YES to ${words.name(one.program)}, asked on ${words.day(one.since)}`)
    .join(' and ');
}

function onHold({ since, until }: Suppression, words: Words): string {
  const end = until === null ? '' : `; if nobody decides by ${words.day(until)}, it becomes an opt-out`;
  return `Must not be texted for now: on hold since ${words.day(since)} until a person decides about their last text${end}`;
}

const ENDED = {
  unsubscribed: 'left',
  refused: 'said no to',
  expired: 'did not answer the question of',
} as const;

function history(person: Person, words: Words): string {
  const ended = person.subscriptions.flatMap(({ state, program, since, endedBy }) => {
    if (state === 'pending' || state === 'subscribed') return [];
    if (endedBy !== undefined) {
      return `consent to ${words.name(program)} ended on ${words.day(since)} because ${CONSENT_END_REASONS[endedBy]}`;
    }
    return `${ENDED[state]} ${words.name(program)} on ${words.day(since)}`;
  });
  return ended.length === 0 ? '' : `: ${ended.join('; ')}`;
}
