import {
  isCanadianCode,
  type Language,
  type Program,
  type ProgramBook,
  type ProgramFault,
  type Sender,
  spokenForOn,
  wordsIn,
} from '../program.ts';
import { namesOptOut } from './mentions.ts';
import { countParts } from './parts.ts';

const TOLL_FREE =
  /(?<!\d)(?:\+?1[-. ]?)?\(?8(?:00|33|44|55|66|77|88)\)?[-. ]?[\dA-Z]{3}[-. ]?[\dA-Z]{4}(?![\dA-Z])/i;

const SOURCE = 'CWTA Common Short Code Guidelines 3.9, Twilio Help 223182048';

/** Whether the support contact that HELP gives for the program is a toll-free phone. */
const givesPhone = ({ support }: Program): boolean => TOLL_FREE.test(support);

const E_MAIL = /[^\s@<>"]+@[^\s@<>".]+\.[^\s@<>"]{2,}/;
const PHONE = /(?<!\d)\+?\d(?:[ ().-]*\d){9,14}(?!\d)/;

const NO_CONTACT =
  'Write a phone number or an e-mail address, such as 1-800-555-0142 or help@fernway.example.';
const NO_HTTPS = 'Write an address that begins with https://, such as https://fernway.example/terms.';

/** The faults of a program's contact details: a support contact that is no phone and no e-mail, a page without https. */
export function contactFaults({
  support,
  termsUrl,
  privacyUrl,
}: Pick<Program, 'privacyUrl' | 'support' | 'termsUrl'>): ProgramFault[] {
  const isContact = [E_MAIL, PHONE, TOLL_FREE].some((form) => form.test(support));
  return [
    isContact ? null : { field: 'support', message: NO_CONTACT },
    isHttps(termsUrl) ? null : { field: 'terms_url', message: NO_HTTPS },
    isHttps(privacyUrl) ? null : { field: 'privacy_url', message: NO_HTTPS },
  ].filter((fault) => fault !== null);
}

const isHttps = (text: string): boolean =>
  /^https:\/\/\S+$/i.test(text) && URL.canParse(text) && new URL(text).hostname.includes('.');

/**
 * Why a program may not be saved: HELP on a Canadian short code must give a toll-free phone for every program that it
 * speaks for. `after`: all programs with this one saved. Null when there is no fault, or HELP on that number already
 * had it.
 */
export function phoneFault(saved: Program, before: ProgramBook, after: ProgramBook): ProgramFault | null {
  const known = withoutPhone(before);
  const fault = withoutPhone(after).find(
    (candidate) => !known.some((earlier) => saysTheSame(candidate, earlier)),
  );
  if (fault === undefined) return null;
  const { code, program } = fault;
  if (program.id === saved.id) {
    const message = `HELP on ${code}, a Canadian short code, must give a toll-free phone. Write one, such as 1-800-555-0142. (${SOURCE})`;
    return { field: 'support', message };
  }
  const message = `HELP on ${code}, a Canadian short code, must give a toll-free phone, and would speak for ${program.name}, which gives none: save one as its support first. (${SOURCE})`;
  return { field: 'body', message };
}

type Without = { code: string; program: Program };

/** Canadian short codes with the programs that HELP there speaks for and that have no toll-free phone. */
const withoutPhone = (book: ProgramBook): Without[] =>
  book.senders.filter(isCanadianCode).flatMap(({ number: code }) =>
    spokenForOn(book, code)
      .filter((program) => !givesPhone(program))
      .map((program) => ({ code, program })),
  );

const isOnIt = ({ code, program }: Without): boolean => program.numbers.includes(code);

const saysTheSame = (first: Without, second: Without): boolean =>
  first.program.id === second.program.id &&
  first.program.support === second.program.support &&
  isOnIt(first) === isOnIt(second);

/** Why a number may not become a Canadian short code: a program that HELP there speaks for has no toll-free phone. */
export function codeFault(sender: Sender, book: ProgramBook): string | null {
  const stands = book.senders.some(
    (candidate) => candidate.number === sender.number && isCanadianCode(candidate),
  );
  if (stands || !isCanadianCode(sender)) return null;
  const without = spokenForOn(book, sender.number).find((program) => !givesPhone(program));
  if (without === undefined) return null;
  return `HELP on a Canadian short code must give a toll-free phone, and ${without.name} gives none: save one as its support first. (${SOURCE})`;
}

export type MissingItem = {
  /** Stable name of the rule, such as "rates". */
  item: string;
  /** What is wrong, for the person who edits the program. */
  sentence: string;
  /** The original rule, such as "CTIA 5.1.2.1" or "47 CFR 64.1200(a)(12)". */
  source: string;
};

const NAMES: Record<RequiredKind, string> = {
  prompt: 'The prompt',
  welcome: 'The welcome text',
  help: 'The HELP answer',
  'stop-all': 'The STOP answer',
};

/**
 * What a text lacks, or says and must not, in the order of the rules; empty when there is no fault. Takes the
 * rendered text, so the program's own words are judged too.
 */
export function missingItems(
  kind: RequiredKind,
  rendered: string,
  program: Program,
  language: Language,
): MissingItem[] {
  const bare = withoutOwnWords(rendered, program, language);
  const text: JudgedText = { rendered, bare, program, language, words: REQUIRED_WORDS[language] };
  return REQUIRED_RULES.flatMap(({ item, sentence, sources, holds }) => {
    const source = sources[kind];
    if (source === undefined || holds(text)) return [];
    return [{ item, sentence: `${NAMES[kind]} ${sentence}.`, source }];
  });
}

function withoutOwnWords(rendered: string, program: Program, language: Language): string {
  const own = [
    wordsIn(program.description, language),
    program.name,
    program.brand,
    program.support,
    program.termsUrl,
    program.privacyUrl,
    ...program.topics.map((topic) => wordsIn(topic.name, language)),
  ].filter((words) => words !== '');
  return own.reduce((text, words) => text.toLowerCase().replaceAll(words.toLowerCase(), ' '), rendered);
}

/** The four texts whose content carriers and the law prescribe. */
export type RequiredKind = 'prompt' | 'welcome' | 'help' | 'stop-all';

/** One rendered text with what the rules need to judge it. */
type JudgedText = {
  rendered: string;
  /** The text without the program's own words: "Fernway Deals" is a name, not an offer. */
  bare: string;
  program: Program;
  language: Language;
  words: RequiredWords;
};

/** A rule. When `holds` returns false, its sentence ("The HELP answer ...") says what is wrong. */
type RequiredRule = {
  item: string;
  sentence: string;
  /** The source of the rule for each kind of text that it applies to. */
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
      says(rendered, wordsIn(program.description, language)) ||
      program.topics.some((topic) => says(rendered, wordsIn(topic.name, language))),
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
      says(rendered, wordsIn(program.frequency, language)) ||
      program.topics.some((topic) => says(rendered, wordsIn(topic.frequency, language))) ||
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
    holds: ({ rendered, words, language, program }) =>
      words.stop.test(rendered) || namesOptOut(rendered, language, program),
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
    sentence: 'calls the message and data rates standard',
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
    sentence: 'still has a placeholder in braces',
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

const REQUIRED_RULES: readonly RequiredRule[] = [...REQUIRED, ...FORBIDDEN];

/** Whether the text contains the words, ignoring case and runs of spaces. False for empty words. */
function says(rendered: string, words: string): boolean {
  const plain = (text: string) => text.replace(/\s+/g, ' ').trim().toLowerCase();
  return plain(words) !== '' && plain(rendered).includes(plain(words));
}

/** Removes addresses, which name nobody: "help@fernway.example" does not say who Fernway is. */
function beyondAddresses(rendered: string, program: Program): string {
  const addresses = [program.support, program.termsUrl, program.privacyUrl].filter((text) => text !== '');
  return addresses.reduce((text, address) => text.replaceAll(address, ' '), rendered);
}

function namesWord(rendered: string, word: string): boolean {
  return rendered.split(/[^\p{L}\p{N}]+/u).includes(word);
}

function sendsMarketing(program: Program): boolean {
  return program.topics.some((topic) => topic.purpose === 'marketing');
}

/** How required and forbidden things are said in one language. */
type RequiredWords = {
  rates: RegExp;
  /** Rates must not be called standard in the US. */
  standardRates: RegExp;
  frequencyVaries: RegExp;
  recurring: RegExp;
  automated: RegExp;
  noPurchase: RegExp;
  help: RegExp;
  stop: RegExp;
  unsubscribed: RegExp;
  noMore: RegExp;
  marketing: RegExp;
};

/** Keywords are in capitals, so that a person recognises them. French texts may also use STOP and HELP. */
const REQUIRED_WORDS: Record<Language, RequiredWords> = {
  en: {
    rates: /\b(msg|message)s? ?(&|and) ?data rates may apply\b/i,
    standardRates: /\bstandard\b.{0,30}\brates?\b/i,
    frequencyVaries: /\b(msg|message) frequency (varies|may vary)\b/i,
    recurring: /\brecurring\b/i,
    automated: /\bautomat(ed|ic)\b/i,
    noPurchase: /\bnot (a|required as a) condition of (any )?purchase\b|\bno purchase (needed|required)\b/i,
    help: /\bHELP\b/,
    stop: /\bSTOP\b/,
    unsubscribed: /\bunsubscribed\b|\bopted out\b/i,
    noMore: /\bno (more|further) (messages|texts)\b/i,
    marketing:
      /\b(free|sale|save|discounts?|coupons?|deals?|offers?|gifts?|win|hurry|limited time|exclusive|miss you|come back|rejoin|re-?subscribe|shop|buy)\b|% off/i,
  },
  es: {
    rates:
      /\b(cargos|tarifas)\b.{0,20}\b(msjs?|mensajes?)\b (y|e) datos\b|\b(msjs?|mensajes?) y datos\b.{0,20}\b(cargos|tarifas)\b/i,
    standardRates: /\b(cargos|tarifas)\b.{0,10}\b(est[aá]ndar|normales|habituales)/i,
    frequencyVaries: /\bfrecuencia\b.{0,20}\b(variable|var[ií]a)/i,
    recurring: /\brecurrentes?\b/i,
    automated: /\bautom[aá]tic[oa]s?\b|\bautomatizad[oa]s?\b/i,
    noPurchase: /\bno tienes que comprar nada\b|\bsin obligaci[oó]n de compra\b/i,
    help: /\b(AYUDA|HELP)\b/,
    stop: /\bSTOP\b/,
    unsubscribed: /\bde baja\b|\bcancelad[oa]s?\b/i,
    noMore: /\bno te enviaremos (otros|m[aá]s) (mensajes|textos)\b/i,
    marketing:
      /\b(gratis|rebajas?|descuentos?|cup[oó]n|cupones|ofertas?|promoci[oó]n|regalos?|gana|ahorra|exclusiv[oa]s?|vuelve|compra|te extra[nñ]amos)\b|% de descuento/i,
  },
  fr: {
    rates:
      /\bfrais\b.{0,12}\b(msg|messagerie|messages?|textos?)\b.{0,8}donn[ée]es (possibles|peuvent s'appliquer)/i,
    standardRates: /\b(frais|tarifs?)\b.{0,10}\b(standards?|normaux|habituels)\b/i,
    frequencyVaries: /fr[ée]quence\b.{0,20}\b(variable|varie)\b/i,
    recurring: /r[ée]current/i,
    automated: /\bautomatis[ée]|\bautomatiques?\b/i,
    noPurchase: /\bsans obligation d'achat\b|\bachat non requis\b/i,
    help: /\b(AIDE|HELP)\b/,
    stop: /\b(ARRET|STOP)\b/,
    unsubscribed: /d[ée]sabonn/i,
    noMore: /\baucun autre (message|texto)\b|\bne recevrez plus (de|aucun) (messages?|textos?)\b/i,
    marketing:
      /\b(gratuit(e|s|es)?|rabais|soldes?|promos?|promotions?|offres?|coupons?|cadeaux?|gagnez|exclusi(f|ve)s?|revenez|achetez)\b/i,
  },
};
