import type { Measure } from '../../domain/quality/rules.ts';

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
