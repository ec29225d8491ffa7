import { type Cap, type Frequency, type Language, type Program, type Topic, wordsIn } from '../program.ts';

/** Words that tell people a frequency, and the number stored with them. */
type Said = Pick<Topic, 'frequency' | 'promised'>;

/** The promised frequency: the stored number, or what the words say. Where languages differ, the lowest. */
export function promisedBy({ promised, frequency }: Said, languages: readonly Language[]): Frequency | null {
  if (promised !== undefined) return promised;
  const stated = languages.flatMap((language) => frequenciesIn(wordsIn(frequency, language), language));
  return stated.reduce<Frequency | null>(
    (least, frequency) =>
      least === null || frequency.count / frequency.days < least.count / least.days ? frequency : least,
    null,
  );
}

/** A contradiction about frequency. `path`: its place below the program. */
type CapFault = { path: (string | number)[]; message: string };

/** Contradictions among a program's promises and caps: numbers, words in each language, and caps that never apply. */
export function capFaults(program: Program): CapFault[] {
  const places: [(string | number)[], Said & { caps?: Cap[] }][] = [
    [[], program],
    ...program.topics.map((topic, at): [(string | number)[], Topic] => [['topics', at], topic]),
  ];
  return places.flatMap(([path, stated]) => [
    ...unreadFaults(stated, program.languages, path),
    ...wordFaults(stated, program.languages).map((message) => ({ path: [...path, 'promised'], message })),
    ...looserCaps(stated, program.languages).map((at) => ({
      path: [...path, 'caps', at],
      message: `The cap is looser than the promised ${inWords(promisedBy(stated, program.languages))}, so it would never apply.`,
    })),
  ]);
}

/**
 * People who accept the words hold us to them. Words that cannot be read would limit nothing, and nobody would
 * notice.
 */
function unreadFaults(
  { frequency }: Said,
  languages: readonly Language[],
  path: CapFault['path'],
): CapFault[] {
  return languages
    .filter((language) => isUnread(wordsIn(frequency, language), language))
    .map((language) => ({ path: [...path, 'frequency', language], message: UNREAD }));
}

const UNREAD =
  'The words name a number of messages and a time in a form that cannot be read, so no cap would follow from them. Write it like “4 msgs/month”.';

function wordFaults(said: Said, languages: readonly Language[]): string[] {
  const promised = promisedBy(said, languages);
  if (promised === null) return [];
  return languages.flatMap((language) => {
    const stated = frequenciesIn(wordsIn(said.frequency, language), language);
    const agrees = stated.length === 1 && stated.every((frequency) => isSame(frequency, promised));
    if (agrees || isUnread(wordsIn(said.frequency, language), language)) return [];
    const reads =
      stated.length === 0 ? 'name no number in a time' : `say ${stated.map(inWords).join(' and ')}`;
    return [`${language}: the words of the frequency ${reads}, but ${inWords(promised)} are promised.`];
  });
}

const isSame = (a: Frequency, b: Frequency): boolean => a.count === b.count && a.days === b.days;

const inWords = (frequency: Frequency | null): string =>
  frequency === null ? '' : `${frequency.count} in ${frequency.days} day${frequency.days === 1 ? '' : 's'}`;

/** Indexes of caps that allow more than is promised in each of their windows. */
function looserCaps(stated: Said & { caps?: Cap[] }, languages: readonly Language[]): number[] {
  const promised = promisedBy(stated, languages);
  if (promised === null) return [];
  return (stated.caps ?? []).flatMap(({ count, hours }, at) =>
    count > promised.count * Math.ceil(hours / (24 * promised.days)) ? [at] : [],
  );
}

/** Days in which the promised number counts. A month is a sliding window like all others. */
const DAYS = { day: 1, week: 7, month: 30, year: 365 } as const;
type Unit = keyof typeof DAYS;

/**
 * How a language expresses frequency. `numbers`: from one on. `thousands`: possible separators. `to`: between two
 * numbers. `most`: before the number. `alike`: words that count as a message in a text about nothing but frequency.
 */
type Terms = {
  numbers: readonly string[];
  thousands: string;
  to: string;
  most: string;
  message: string;
  alike: string;
  per: string;
  within: string;
  units: Record<Unit, { time: string; often: string }>;
};

const TERMS: Record<Language, Terms> = {
  en: {
    numbers: ['one|once', 'two|twice', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'],
    thousands: ',',
    to: 'to|or',
    most: 'up to|at most|no more than|max(?:imum)?\\.?',
    message: 'msgs?|messages?|texts?|sms|mms',
    alike: 'alerts?|offers?|updates?|reminders?|notifications?|times?|x',
    per: '(?<!(?:within|for|after)\\s+)an?|per|each|every',
    within: 'in(?: an?)?',
    units: {
      day: { time: 'days?', often: 'daily' },
      week: { time: 'weeks?|wks?', often: 'weekly' },
      month: { time: 'months?|mos?|mth', often: 'monthly' },
      year: { time: 'years?|yrs?', often: 'yearly|annually' },
    },
  },
  es: {
    numbers: ['un[ao]?', 'dos', 'tres', 'cuatro', 'cinco', 'seis', 'siete', 'ocho', 'nueve', 'diez'],
    thousands: '.',
    to: 'a|o',
    most: 'hasta|como m[aá]ximo|m[aá]x(?:imo)?\\.?',
    message: 'msjs?|msgs?|mensajes?|textos?|sms|mms',
    alike: 'alertas?|ofertas?|avisos?|recordatorios?|notificaci[oó]n(?:es)?|ve(?:z|ces)|x',
    per: 'por|al?|a la|cada',
    within: 'en(?: una?)?',
    units: {
      day: { time: 'd[ií]as?', often: 'diari[oa]s?' },
      week: { time: 'semanas?', often: 'semanal(?:es)?' },
      month: { time: 'mes(?:es)?', often: 'mensual(?:es)?' },
      year: { time: 'a[nñ]os?', often: 'anual(?:es)?' },
    },
  },
  fr: {
    numbers: ['une?', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf', 'dix'],
    thousands: '. ',
    to: 'à|ou',
    most: "jusqu['’]à|au plus|max(?:imum)?\\.?",
    message: 'msgs?|messages?|textos?|sms|mms',
    alike: 'alertes?|offres?|avis|rappels?|notifications?|fois|x',
    per: 'par|chaque|toutes les|tous les',
    within: 'en(?: une?)?',
    units: {
      day: { time: 'jours?', often: 'quotidien(?:ne)?s?' },
      week: { time: 'semaines?', often: 'hebdomadaires?' },
      month: { time: 'mois', often: 'mensuel(?:le)?s?' },
      year: { time: 'ans?|ann[ée]es?', often: 'annuel(?:le)?s?' },
    },
  },
};

/** A number in digits or as a word; not a part of another number, nor a price. */
const numberIn = ({ numbers, thousands }: Terms): string =>
  `(?<![\\p{L}\\d$€£])(?<!\\d[.,])(?:\\d{1,3}(?:[${thousands}\u00A0\u202F]\\d{3})+(?!\\d)|\\d{1,6}(?![\\d]|[.,]\\d)|(?:${numbers.join('|')})(?!\\p{L}))`;

/** "/", or one of these words. */
const anyOf = (words: string): string => `(?:/|(?<!\\p{L})(?:${words})(?!\\p{L}))`;

/** `stated`: for a text about nothing but frequency. `plain` and `clause`: for a text with other content too. */
type Patterns = Record<'stated' | 'plain' | 'clause', RegExp[]>;

/**
 * Matches "up to 4 msgs/month", "2-4 automated texts per month", "1 msg weekly", "1 msg every 2 weeks"; without a
 * word for the message "4/month", "twice a week", "4 monthly alerts". Of two numbers, takes the second, which is the
 * greater. `plain`: has a word for the message inside or just before. `clause`: fills everything between a comma and
 * the full stop.
 */
function patternsOf(terms: Terms, unit: Unit): Patterns {
  const { message, alike, per } = terms;
  const number = numberIn(terms);
  const { time, often } = terms.units[unit];
  const most = `(?:(?:${terms.most})\\s*)?`;
  const count = `(?:${number}\\s*(?:-|–|(?:${terms.to})(?!\\p{L}))\\s*)?(?<count>${number})\\s*`;
  const inTime = (each: string): string =>
    `(?:${anyOf(each)}\\s*(?:(?<every>${number})\\s*)?(?:${time}|${often})|(?:${often}))(?!\\p{L})`;
  const messages = (words: string): string =>
    `${count}(?:\\p{L}+\\s+){0,3}?(?:${words})(?:\\(e?s\\))?\\.?\\s*${inTime(`${per}|${terms.within}`)}`;
  const stated = [messages(`${message}|${alike}`), `${count}${inTime(per)}`];
  const beside = `(?<!\\p{L})(?:${message})\\.?,?\\s+${most}${count}(?:(?:${alike})\\s*)?${inTime(per)}`;
  const clause = stated.map(
    (quantity) => `(?<=[,:;]\\s*${most})${quantity}\\s*(?:(?:${message}|${alike})\\s*)?(?=[.!]|$)`,
  );
  const compile = (all: readonly string[]): RegExp[] => all.map((source) => new RegExp(source, 'giu'));
  return { stated: compile(stated), plain: compile([messages(message), beside]), clause: compile(clause) };
}

/** Matches the unit, which every pattern of the unit contains. Testing for the unit first costs next to nothing. */
const namedBy = ({ time, often }: Terms['units'][Unit]): RegExp => new RegExp(`${time}|${often}`, 'iu');

/** Matches any number, even a broken one, together with a "per time" expression. */
function hintOf(terms: Terms): RegExp {
  const units = Object.values(terms.units);
  const time = units.map((unit) => unit.time).join('|');
  const often = units.map((unit) => unit.often).join('|');
  const each = `${anyOf(terms.per)}\\s*(?:[\\p{L}\\d]+\\s+)?(?:${time})(?!\\p{L})|(?<!\\p{L})(?:${often})(?!\\p{L})`;
  return new RegExp(`^(?=[^]*?(?:\\d|${numberIn(terms)}))[^]*?(?:${each})`, 'iu');
}

type Reader = {
  numbers: RegExp[];
  patterns: ({ unit: Unit; named: RegExp } & Patterns)[];
  hint: RegExp;
};

const LANGUAGE = Object.fromEntries(
  Object.entries(TERMS).map(([language, terms]) => [
    language,
    {
      numbers: terms.numbers.map((words) => new RegExp(`^(?:${words})$`, 'iu')),
      patterns: (Object.keys(DAYS) as Unit[]).map((unit) => ({
        ...{ unit, named: namedBy(terms.units[unit]) },
        ...patternsOf(terms, unit),
      })),
      hint: hintOf(terms),
    },
  ]),
) as Record<Language, Reader>;

function inDigits(said: string, language: Language): number {
  const word = LANGUAGE[language].numbers.findIndex((number) => number.test(said));
  return word === -1 ? Number(said.replace(/\D/g, '')) : word + 1;
}

/** Widest frequency that may be promised. Nobody would notice the end of a longer window. */
const MOST: Frequency = { count: 1000, days: 366 };

/**
 * Every number per time that a text about nothing but frequency states. "3 msgs/order" and "frequency varies" state
 * none.
 */
export const frequenciesIn = (text: string, language: Language): Frequency[] =>
  found(text, language, 'stated');

/**
 * What the words of a prompt promise, where their frequency text is known: that text in full, and what the other
 * words say about messages.
 */
export function frequenciesPromised(text: string, frequency: string, language: Language): Frequency[] {
  if (!text.includes(frequency)) return spokenOf(text, language);
  const all = [...frequenciesIn(frequency, language), ...found(text, language, 'plain')];
  return all.filter(
    (frequency, at) =>
      all.findIndex(({ count, days }) => count === frequency.count && days === frequency.days) === at,
  );
}

function spokenOf(text: string, language: Language): Frequency[] {
  const plain = found(text, language, 'plain');
  return plain.length > 0 ? plain : found(text, language, 'clause');
}

function found(text: string, language: Language, how: keyof Patterns): Frequency[] {
  const units = LANGUAGE[language].patterns.filter(({ named }) => named.test(text));
  const stated = units.flatMap(({ unit, [how]: patterns }) =>
    patterns.flatMap((pattern) =>
      [...text.matchAll(pattern)].map(({ groups = {} }) => {
        const times = groups.every === undefined ? 1 : inDigits(groups.every, language);
        return { count: inDigits(groups.count ?? '', language), days: DAYS[unit] * times };
      }),
    ),
  );
  return stated.filter(
    ({ count, days }) => count > 0 && count <= MOST.count && days > 0 && days <= MOST.days,
  );
}

/** Whether a text seems to state a number per time that cannot be read. */
export const isUnread = (text: string, language: Language): boolean =>
  frequenciesIn(text, language).length === 0 && LANGUAGE[language].hint.test(text);
