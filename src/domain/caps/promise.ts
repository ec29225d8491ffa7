import type { Cap, Frequency, Language, Program, Topic } from '../program.ts';
import { frequenciesIn, isUnread } from './frequency-words.ts';

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
    ...unreadFaults(one, program.languages, path),
    ...wordFaults(one, program.languages).map((message) => ({ path: [...path, 'promised'], message })),
    ...looserCaps(one, program.languages).map((at) => ({
      path: [...path, 'caps', at],
      message: `It is looser than the ${inWords(promisedBy(one, program.languages))} that are promised, so it would never bite.`,
    })),
  ]);
}

/** Whoever accepts the words is bound to by them: what cannot be read would bind nothing, and nobody would see it. */
function unreadFaults(
  { frequency }: Said,
  languages: readonly Language[],
  path: CapFault['path'],
): CapFault[] {
  return languages
    .filter((language) => isUnread(frequency[language], language))
    .map((language) => ({ path: [...path, 'frequency', language], message: UNREAD }));
}

const UNREAD =
  'The words speak of a number in a time in a way that cannot be read, so nothing would hold us to it. Say it like “4 msgs/month”.';

function wordFaults(said: Said, languages: readonly Language[]): string[] {
  const promised = promisedBy(said, languages);
  if (promised === null) return [];
  return languages.flatMap((language) => {
    const stated = frequenciesIn(said.frequency[language], language);
    const agrees = stated.length === 1 && stated.every((one) => isSame(one, promised));
    if (agrees || isUnread(said.frequency[language], language)) return [];
    const reads =
      stated.length === 0 ? 'name no number in a time' : `say ${stated.map(inWords).join(' and ')}`;
    return [`${language}: the words of the frequency ${reads}, but ${inWords(promised)} are promised.`];
  });
}

const isSame = (a: Frequency, b: Frequency): boolean => a.count === b.count && a.days === b.days;

const inWords = (one: Frequency | null): string =>
  one === null ? '' : `${one.count} in ${one.days} day${one.days === 1 ? '' : 's'}`;

/** Places of caps that allow more than is promised in every window of theirs. */
function looserCaps(one: Said & { caps?: Cap[] }, languages: readonly Language[]): number[] {
  const promised = promisedBy(one, languages);
  if (promised === null) return [];
  return (one.caps ?? []).flatMap(({ count, hours }, at) =>
    count > promised.count * Math.ceil(hours / (24 * promised.days)) ? [at] : [],
  );
}
