import type { Language, Program } from '../program.ts';
import { countParts } from './parts.ts';
import type { RequiredWords } from './required-words.ts';

/** The four texts whose content carriers and the law prescribe. */
export type RequiredKind = 'prompt' | 'welcome' | 'help' | 'stop-all';

/** One rendered text with what the rules need to judge it. */
export type JudgedText = {
  rendered: string;
  /** Without the program's own words: "Fernway Deals" is a name, not an offer. */
  bare: string;
  program: Program;
  language: Language;
  words: RequiredWords;
};

/** A rule that holds, or whose sentence ("The HELP answer ...") says what is wrong. */
export type RequiredRule = {
  item: string;
  sentence: string;
  /** Where it comes from, for each kind of text it binds. */
  sources: Partial<Record<RequiredKind, string>>;
  holds: (text: JudgedText) => boolean;
};

const PROMPT = 'Twilio Help 223134707, Twilio error 30540';
const WELCOME = 'CTIA 5.1.2.1';
const HELP = 'Twilio Help 223182208';
const STOP = 'Twilio Help 223182208, 47 CFR 64.1200(a)(12)';
const IDENTIFIED = 'Twilio Messaging Policy (identify the sender)';
const SHORT = 'Twilio Help 223181928 (at most 160 characters), CTIA 5.1.2.1';
const WRITTEN_CONSENT = '47 CFR 64.1200(f)(9)';

const REQUIRED: readonly RequiredRule[] = [
  {
    item: 'brand',
    sentence: "does not name the brand; let the program's name contain it",
    sources: { prompt: PROMPT, welcome: IDENTIFIED, help: IDENTIFIED, 'stop-all': STOP },
    holds: ({ rendered, program }) => says(beyondAddresses(rendered, program), program.brand),
  },
  {
    item: 'program',
    sentence: 'does not name the program',
    sources: { prompt: PROMPT, welcome: WELCOME, help: HELP },
    holds: ({ rendered, program }) => says(rendered, program.name),
  },
  {
    item: 'description',
    sentence: 'does not say what will be sent',
    sources: { prompt: `${PROMPT}, Twilio error 30544`, welcome: WELCOME, help: HELP },
    holds: ({ rendered, program, language }) =>
      says(rendered, program.description[language]) ||
      program.topics.some((topic) => says(rendered, topic.name[language])),
  },
  {
    item: 'confirm',
    sentence: 'does not ask for YES or another confirmation word',
    sources: { prompt: PROMPT },
    holds: ({ rendered, program }) =>
      ['YES', 'SI', 'OUI', ...program.confirmWords].some((word) => namesWord(rendered, word)),
  },
  {
    item: 'frequency',
    sentence: 'does not say how often',
    sources: { prompt: `${PROMPT}, Twilio error 30545`, welcome: WELCOME, help: HELP },
    holds: ({ rendered, program, language, words }) =>
      says(rendered, program.frequency[language]) ||
      program.topics.some((topic) => says(rendered, topic.frequency[language])) ||
      words.frequencyVaries.test(rendered),
  },
  {
    item: 'recurring',
    sentence: 'does not say that the messages recur',
    sources: { welcome: WELCOME },
    holds: ({ rendered, words }) => words.recurring.test(rendered),
  },
  {
    item: 'rates',
    sentence: 'does not say that message and data rates may apply',
    sources: { prompt: `${PROMPT}, Twilio error 30569`, welcome: WELCOME, help: HELP },
    holds: ({ rendered, words }) => words.rates.test(rendered),
  },
  {
    item: 'help',
    sentence: 'does not say how to get help',
    sources: { prompt: PROMPT, welcome: WELCOME },
    holds: ({ rendered, program, words }) => words.help.test(rendered) || says(rendered, program.support),
  },
  {
    item: 'support',
    sentence: 'does not give the toll-free phone or email of support',
    sources: { help: HELP },
    holds: ({ rendered, program }) => says(rendered, program.support),
  },
  {
    item: 'stop',
    sentence: 'does not say how to stop',
    sources: { prompt: PROMPT, welcome: WELCOME, help: HELP },
    holds: ({ rendered, words }) => words.stop.test(rendered),
  },
  {
    item: 'terms',
    sentence: 'does not link the terms',
    sources: { prompt: 'Twilio Help 223134707, Twilio error 30562' },
    holds: ({ rendered, program }) => says(rendered, program.termsUrl),
  },
  {
    item: 'privacy',
    sentence: 'does not link the privacy policy',
    sources: { prompt: 'Twilio Help 223134707, TCR decline codes 803-806' },
    holds: ({ rendered, program }) => says(rendered, program.privacyUrl),
  },
  {
    item: 'automated',
    sentence: 'does not say that marketing texts are sent automatically',
    sources: { prompt: WRITTEN_CONSENT },
    holds: ({ rendered, program, words }) => !sendsMarketing(program) || words.automated.test(rendered),
  },
  {
    item: 'no-purchase',
    sentence: 'does not say that agreeing is no condition of a purchase',
    sources: { prompt: WRITTEN_CONSENT },
    holds: ({ rendered, program, words }) => !sendsMarketing(program) || words.noPurchase.test(rendered),
  },
  {
    item: 'unsubscribed',
    sentence: 'does not say that the person is unsubscribed',
    sources: { 'stop-all': STOP },
    holds: ({ rendered, words }) => words.unsubscribed.test(rendered),
  },
  {
    item: 'no-more',
    sentence: 'does not say that no more messages will come',
    sources: { 'stop-all': STOP },
    holds: ({ rendered, words }) => words.noMore.test(rendered),
  },
];

const FORBIDDEN: readonly RequiredRule[] = [
  {
    item: 'standard-rates',
    sentence: 'calls the rates standard',
    sources: { prompt: PROMPT, welcome: PROMPT, help: PROMPT, 'stop-all': PROMPT },
    holds: ({ rendered, words }) => !words.standardRates.test(rendered),
  },
  {
    item: 'marketing',
    sentence: 'advertises',
    sources: { prompt: PROMPT, 'stop-all': '47 CFR 64.1200(a)(12)' },
    holds: ({ bare, words }) => !words.marketing.test(bare),
  },
  {
    item: 'question',
    sentence: 'asks a question',
    sources: { 'stop-all': '47 CFR 64.1200(a)(12)' },
    holds: ({ rendered }) => !/[?¿]/.test(rendered),
  },
  {
    item: 'link',
    sentence: 'carries a link',
    sources: { 'stop-all': '47 CFR 64.1200(a)(12)' },
    holds: ({ rendered }) => !/https?:|\bwww\.|[\w-]\.[a-z]{2,}\//i.test(rendered),
  },
  {
    item: 'placeholder',
    sentence: 'still carries a placeholder in braces',
    sources: { prompt: PROMPT, welcome: WELCOME, help: HELP, 'stop-all': STOP },
    holds: ({ rendered }) => !/\{[a-z]+\}/.test(rendered),
  },
  {
    item: 'one-part',
    sentence: 'is longer than one part: 160 characters, 70 where one is outside GSM-7',
    sources: { welcome: SHORT, help: SHORT, 'stop-all': SHORT },
    holds: ({ rendered }) => countParts(rendered).parts === 1,
  },
  {
    item: 'two-parts',
    sentence: 'is longer than two parts',
    sources: { prompt: 'our own limit: parts of a longer text may arrive out of order' },
    holds: ({ rendered }) => countParts(rendered).parts <= 2,
  },
];

export const REQUIRED_RULES: readonly RequiredRule[] = [...REQUIRED, ...FORBIDDEN];

/** Case and runs of spaces aside; empty words are said by nothing. */
function says(rendered: string, words: string): boolean {
  const plain = (text: string) => text.replace(/\s+/g, ' ').trim().toLowerCase();
  return plain(words) !== '' && plain(rendered).includes(plain(words));
}

/** An address names nobody: "help@fernway.example" does not say who Fernway is. */
function beyondAddresses(rendered: string, program: Program): string {
  const addresses = [program.support, program.termsUrl, program.privacyUrl].filter((one) => one !== '');
  return addresses.reduce((text, address) => text.replaceAll(address, ' '), rendered);
}

function namesWord(rendered: string, word: string): boolean {
  return rendered.split(/[^\p{L}\p{N}]+/u).includes(word);
}

function sendsMarketing(program: Program): boolean {
  return program.topics.some((topic) => topic.purpose === 'marketing');
}
