import { momentWords } from '../console-time.ts';
import { NUMBER_REFUSALS } from '../hygiene/number-verification.ts';
import { type ProgramBook, programById, wordsIn } from '../program.ts';
import { errorWords } from '../sending/last-messages.ts';
import type { ActChannel } from './channels.ts';
import { numberRule } from './ledger-reasons.ts';
import { HOW } from './status-sentence.ts';
import { readScope, type Scope, type Suppression, standingOf } from './suppression.ts';
import type { SuppressionOrigin } from './suppression-origin.ts';

/** One suppression for a person to read: what it covers, since when, what raised it, and whether it stands. */
export function suppressionSentence(row: Suppression, book: ProgramBook): string {
  const { kind, scope, since, until, origin } = row;
  const moment = (at: Date): string => momentWords(at, book.programs[0]?.zone);
  const isWords = kind === 'hold' && origin.by === 'text';
  const because = isWords ? ', because the words of a text may be an opt-out' : causeOf(origin);
  const over = scopeWords(scope, book);
  const on = moment(since);
  switch (kind) {
    case 'opt-out':
      return `Opted out of ${over}${because} on ${on}; ${standing(row, book)}.`;
    case 'hold': {
      const end = until === null ? '' : `, until ${moment(until)} at the latest`;
      return `On hold since ${on}${because}${end}; ${standing(row, book)}.`;
    }
    case 'carrier':
      return `The carrier has blocked ${over} since ${on}${because}; ${standing(row, book)}.`;
    case 'hygiene': {
      const from = scope === 'all' ? '' : ` of ${over}`;
      return `The number takes no texts${from} since ${on}${because}; ${standing(row, book)}.`;
    }
    default:
      return kind satisfies never;
  }
}

function scopeWords(scope: Scope, book: ProgramBook): string {
  const over = readScope(scope);
  switch (over.kind) {
    case 'all':
      return 'everything';
    case 'program':
      return programById(book, over.program)?.name ?? over.program;
    case 'topic': {
      const program = programById(book, over.program);
      const found = program?.topics.find(({ id }) => id === over.topic);
      const topic = wordsIn(found?.name ?? { en: over.topic }, 'en');
      return `${topic} of ${program?.name ?? over.program}`;
    }
    case 'sender':
      return `our texts from ${over.sender}`;
    case 'service':
      return `our texts from the Messaging Service ${over.service}`;
    default:
      return over satisfies never;
  }
}

/** A confirmation of one program lifts a row for that program only. */
function standing(row: Suppression, book: ProgramBook): string {
  if (standingOf(row) === 'none') return 'it was lifted';
  const lifted = Object.entries(row.lifts).filter(([, generation]) => generation >= row.generation);
  const names = lifted.map(([program]) => programById(book, program)?.name ?? program);
  return names.length === 0 ? 'it stands' : `it was lifted for ${names.join(', ')} and stands for all others`;
}

/** What raised a suppression, to follow its scope or its day. */
function causeOf(origin: SuppressionOrigin): string {
  switch (origin.by) {
    case 'text':
      return ` ${HOW.VIA_TEXT}${ruleWords(origin.rule)}${origin.unconfirmed ? ', which no reply confirmed' : ''}`;
    case 'channel':
      return channelWords(origin.channel);
    case 'staff':
      return `, as staff read the person's text${origin.reply === 'sent' ? '' : ', which no reply confirmed'}`;
    case 'hold-timer':
      return ', because nobody decided in time about the text that was on hold,';
    case 'carrier-keyword':
      return ", because the person texted one of the carrier's keywords";
    case 'carrier-error':
      return `, because the carrier refused a message (${errorWords(origin.code).replace(/\.$/, '')})`;
    case 'job':
      return `, because ${origin.rule.name === 'verification' ? refusalWords(origin.rule.refusal) : numberRule(origin.rule)}`;
    default:
      return origin satisfies never;
  }
}

const channelWords = (channel: Exclude<ActChannel, 'VIA_TEXT'>): string =>
  channel === 'NOT_STATED' || channel === 'NO_ACT' ? '' : ` ${HOW[channel]}`;

const refusalWords = (refusal: keyof typeof NUMBER_REFUSALS): string =>
  `it was looked up (${NUMBER_REFUSALS[refusal][0].replace(/\.$/, '')})`;

/** How the words of a text were read. The names of rules are for the ledger. */
function ruleWords(rule: string): string {
  const [kind = '', word = ''] = rule.split(':');
  if (kind === 'exact' || kind === 'leading') return ` with "${word.replaceAll('-', ' ')}"`;
  return READINGS[kind] ?? '';
}

const READINGS: Record<string, string> = {
  meant: ' in ordinary words',
  phrase: ' in ordinary words',
  sign: ' with a sign',
  no: ' as the answer to a question of ours',
  'birth-date': ' with a birth date below the minimum age',
};
