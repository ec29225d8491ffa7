import type { Cap, Frequency, Language, Program, Topic } from '../program.ts';

/** Days in which the promised number counts: a month slides like every other window. */
const DAYS = { day: 1, week: 7, month: 30, year: 365 } as const;
type Unit = keyof typeof DAYS;

type Terms = { message: string; per: string; units: Record<Unit, string> };

const TERMS: Record<Language, Terms> = {
  en: {
    message: 'msgs?|messages?|texts?|sms',
    per: '/|per|an?|each|every',
    units: { day: 'day|daily', week: 'week|weekly|wk', month: 'month|monthly|mo', year: 'year|yearly|yr' },
  },
  es: {
    message: 'msjs?|msgs?|mensajes?|textos?|sms',
    per: '/|por|al?|a la|cada',
    units: {
      day: 'd[ií]a|diarios?',
      week: 'semana|semanales|semanal',
      month: 'mes|mensuales|mensual',
      year: 'a[nñ]o|anuales|anual',
    },
  },
  fr: {
    message: 'msgs?|messages?|textos?|sms',
    per: '/|par|chaque',
    units: {
      day: 'jour|quotidiens?',
      week: 'semaine|hebdomadaires?',
      month: 'mois|mensuels?',
      year: 'an|ann[ée]e|annuels?',
    },
  },
};

/** "up to 4 msgs/month", "2-4 automated texts per month", "1 msg weekly": the number, or the greater of two. */
const patternOf = ({ message, per }: Terms, unit: string): RegExp =>
  new RegExp(
    `(?:\\d{1,4}\\s*(?:-|–|to|or|a|o|à|ou)\\s*)?(?<![\\d.,])(\\d{1,4})\\s*(?:\\p{L}+\\s+){0,2}?(?:${message})\\.?\\s*(?:${per})?\\s*(?:${unit})(?![\\p{L}])`,
    'giu',
  );

const PATTERNS = Object.fromEntries(
  Object.entries(TERMS).map(([language, terms]) => [
    language,
    Object.entries(terms.units).map(([unit, words]) => ({ unit, pattern: patternOf(terms, words) })),
  ]),
) as Record<Language, { unit: Unit; pattern: RegExp }[]>;

/** Every frequency that a text states as a number in a time; "3 msgs/order" and "frequency varies" state none. */
export function frequenciesIn(text: string, language: Language): Frequency[] {
  return PATTERNS[language].flatMap(({ unit, pattern }) =>
    [...text.matchAll(pattern)].map(([, count]) => ({ count: Number(count), days: DAYS[unit] })),
  );
}

/** Words that tell people how often, and the number kept beside them. */
export type Said = Pick<Topic, 'frequency' | 'promised'>;

/** What is promised: the number kept, or what the words say; where they differ by language, the fewest. */
export function promisedBy({ promised, frequency }: Said, languages: readonly Language[]): Frequency | null {
  if (promised !== undefined) return promised;
  const stated = languages.flatMap((language) => frequenciesIn(frequency[language], language));
  return stated.reduce<Frequency | null>(
    (least, one) => (least === null || one.count / one.days < least.count / least.days ? one : least),
    null,
  );
}

/** Something about how often that cannot stand; `path`: where, below the program. */
export type CapFault = { path: (string | number)[]; message: string };

/** What contradicts itself in a program's promises and caps: numbers, words in each language, caps that never bite. */
export function capFaults(program: Program): CapFault[] {
  const places: [(string | number)[], Said & { caps?: Cap[] }][] = [
    [[], program],
    ...program.topics.map((topic, at): [(string | number)[], Topic] => [['topics', at], topic]),
  ];
  return places.flatMap(([path, one]) => [
    ...wordFaults(one, program.languages).map((message) => ({ path: [...path, 'promised'], message })),
    ...looserCaps(one, program.languages).map((at) => ({
      path: [...path, 'caps', at],
      message: `It is looser than the ${inWords(promisedBy(one, program.languages))} that are promised, so it would never bite.`,
    })),
  ]);
}

function wordFaults(said: Said, languages: readonly Language[]): string[] {
  const promised = promisedBy(said, languages);
  if (promised === null) return [];
  return languages.flatMap((language) => {
    const stated = frequenciesIn(said.frequency[language], language);
    const agrees = stated.length === 1 && stated.every((one) => isSame(one, promised));
    if (agrees) return [];
    const reads =
      stated.length === 0 ? 'name no number in a time' : `say ${stated.map(inWords).join(' and ')}`;
    return [`${language}: the words of the frequency ${reads}, but ${inWords(promised)} are promised.`];
  });
}

const isSame = (a: Frequency, b: Frequency): boolean => a.count === b.count && a.days === b.days;

export const inWords = (one: Frequency | null): string =>
  one === null ? '' : `${one.count} in ${one.days} day${one.days === 1 ? '' : 's'}`;

/** Places of caps that allow more than is promised in every window of theirs. */
function looserCaps(one: Said & { caps?: Cap[] }, languages: readonly Language[]): number[] {
  const promised = promisedBy(one, languages);
  if (promised === null) return [];
  return (one.caps ?? []).flatMap(({ count, hours }, at) =>
    count > promised.count * Math.ceil(hours / (24 * promised.days)) ? [at] : [],
  );
}
