import type { Measure } from '../../domain/quality/rules.ts';
import type { QualitySubject } from '../../domain/quality/score.ts';
import type { PageCall } from '../page.ts';

type RuleWords = {
  name: string;
  /** What an alarm says. `whose`: the people of the program or source. */
  finding: string;
  todo: string;
};

/** What each rule of quality measures, in the words of the pages. */
export const RULE_WORDS: Readonly<Record<Measure, RuleWords>> = {
  bounces: {
    name: 'Dead numbers',
    finding: '{share} of the messages to {whose} failed because of the number',
    todo: 'See how numbers are typed in there: read them back, or let people join by a text of their own.',
  },
  zone: {
    name: 'Sure time zone',
    finding: 'The time zone of {share} of {whose} is sure',
    todo: 'Ask for the ZIP code. Without one the strictest hours of every place they may be in hold.',
  },
  fresh: {
    name: 'Recent consent',
    finding: '{share} of {whose} confirmed or texted us lately',
    todo: 'Ask for consent again while it is valid, and remove people who do not answer.',
  },
  verified: {
    name: 'Verified numbers',
    finding: 'The number of {share} of {whose} was verified',
    todo: 'Verify the list, and verify numbers where they are typed in.',
  },
  complete: {
    name: 'Complete records',
    finding: '{share} of {whose} have a name, a ZIP code and a birth date',
    todo: 'Ask for what is missing where people join.',
  },
  language: {
    name: 'Unknown language',
    finding: 'The language of {share} of {whose} is not known',
    todo: 'Give each language a keyword of its own, and let forms send the language that was read.',
  },
  duplicates: {
    name: 'Second numbers',
    finding: '{share} of {whose} seem to have a second number in the list',
    todo: 'Go through the people who may be the same, and merge those who are.',
  },
};

/** A counted share: "8.3 %", "0.25 %". */
export const percent = (share: number): string => `${Number((100 * share).toFixed(share < 0.01 ? 2 : 1))} %`;

/** What brought the numbers, inside a sentence: "the form shop.example/join", "the sheet Boise store opening". */
function sourceName({ t }: Pick<PageCall, 't'>, source: string): string {
  const [kind = '', ...rest] = source.split(' ');
  const place = rest.join(' ');
  switch (kind) {
    case 'form':
      return place === '' ? t('a form') : t('the form {place}', { place });
    case 'qr':
      return place === '' ? t('a QR code') : t('the QR code {place}', { place });
    case 'sheet':
      return place === '' ? t('a paper sheet') : t('the sheet {place}', { place });
    case 'key':
      return t('the API key {key}…', { key: place.slice(0, 6) });
    case 'text':
      return t('joining by text');
    case 'call':
      return t('joining by phone call');
    default:
      return t('an unnamed source');
  }
}

export function nameOf(call: Pick<PageCall, 'context' | 't'>, { kind, id }: QualitySubject): string {
  if (kind === 'source') return sourceName(call, id);
  const { programs } = call.context.catalog.current().book;
  return programs.find((program) => program.id === id)?.name ?? id;
}

/** What an alarm is about. `subject`: the id of the source or program. */
type QualityFinding = { kind: QualitySubject['kind']; subject: string; rule: Measure; share: number };

/** An alarm as a sentence without its full stop. */
export function findingOf(
  call: Pick<PageCall, 'context' | 't'>,
  { kind, subject, rule, share }: QualityFinding,
): string {
  const name = nameOf(call, { kind, id: subject });
  const whose =
    kind === 'program'
      ? call.t('people of {name}', { name })
      : call.t('people whose numbers came from {name}', { name });
  return call.t(RULE_WORDS[rule].finding, { share: percent(share), whose });
}
