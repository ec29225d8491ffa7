import type { TextFault } from '../../domain/consent/program-changes.ts';
import {
  marketingWeek,
  type ProgramLimit,
  programLimits,
  weekWords,
} from '../../domain/consent/program-limits.ts';
import type { ProgramStanding, ProgramText } from '../../domain/consent/program-standing.ts';
import { type Program, type Sender, type Topic, wordsIn } from '../../domain/program.ts';
import type { TemplateKey } from '../../domain/text/system-messages.ts';
import type { PageCall } from '../page.ts';
import type { Translate } from '../views.ts';
import { LANGUAGE_NAMES } from './program-rows.ts';

const TEXT_NAMES: Partial<Record<TemplateKey, string>> = {
  prompt: 'The question, after JOIN',
  welcome: 'The welcome, after YES',
  help: 'The answer to HELP',
  'stop-all': 'The answer to STOP',
  renewal: 'The question whether to go on, before consent grows old',
  'topics-on-needs-prompt': 'The question about this topic alone',
  'welcome-topic': 'The welcome to this topic',
};

export const textName = ({ key }: Pick<ProgramText, 'key'>, t: Translate): string =>
  t(TEXT_NAMES[key] ?? key);

const lowerFirst = (sentence: string): string => `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;

/** "In Spanish, the prompt does not say how often." */
export function faultSentence(
  { language, only, sentence }: TextFault,
  program: Program,
  t: Translate,
): string {
  const topic = only === null || only === 'renewal' ? null : only.topic;
  const about = program.topics.find(({ id }) => id === topic);
  const said = lowerFirst(sentence);
  const name = t(LANGUAGE_NAMES[language]);
  if (only === 'renewal')
    return t('In {language}, to go on with old consent: {said}', { language: name, said });
  if (about === undefined) return t('In {language}, {said}', { language: name, said });
  return t('In {language}, about {topic}: {said}', {
    language: name,
    topic: wordsIn(about.name, language),
    said,
  });
}

type ShownStanding = { sign: 'good' | 'wait' | 'stop' | 'off'; sentence: string; cause: string };

const MISSING: Record<Extract<ProgramStanding, { kind: 'closed' }>['missing'], string> = {
  keyword: 'Nobody may join yet: no keyword.',
  number: 'Nobody may join yet: no number.',
  'working-number': 'Nobody may join now: every number of it is stopped.',
};

const FIGURES = new Intl.NumberFormat('en-US');

/** "2,509 people are subscribed." */
export const peopleSentence = (subscribed: number | null, t: Translate): string =>
  subscribed === null
    ? t('Counting its people takes too long just now.')
    : subscribed === 0
      ? t('Nobody is subscribed yet.')
      : t('1 person is subscribed. || {people} people are subscribed.', {
          count: subscribed,
          people: FIGURES.format(subscribed),
        });

/** The state of a program in one sentence, for a list. */
export function shortStanding(standing: ProgramStanding, subscribed: number | null, t: Translate): string {
  if (standing.kind === 'ended') return t('Ended');
  if (standing.kind === 'closed') return t(MISSING[standing.missing]).replace(/\.$/, '');
  if (standing.kind === 'lacking')
    return t('1 sentence is missing || {count} sentences are missing', { count: standing.faults.length });
  if (subscribed === null) return t('Live');
  return t('Live: {people} subscribed', { people: FIGURES.format(subscribed) });
}

export const signOf = ({ kind }: ProgramStanding): ShownStanding['sign'] =>
  kind === 'live' ? 'good' : kind === 'ended' ? 'off' : 'stop';

/** What a program's page answers: whether it is live, and whether its texts have what the law asks. */
export function standingAnswer(
  program: Program,
  standing: ProgramStanding,
  subscribed: number | null,
  t: Translate,
): ShownStanding {
  const sign = signOf(standing);
  const people = peopleSentence(subscribed, t);
  switch (standing.kind) {
    case 'ended':
      return { sign, sentence: t('Ended. Nobody joins it, and it sends nothing.'), cause: people };
    case 'closed':
      return { sign, sentence: t(MISSING[standing.missing]), cause: people };
    case 'lacking': {
      const [first] = standing.faults;
      const rest = standing.faults.length - 1;
      const more = rest === 0 ? '' : ` ${t('1 more is below. || {count} more are below.', { count: rest })}`;
      const sentence = first === undefined ? '' : faultSentence(first, program, t);
      return { sign, sentence, cause: `${first?.source ?? ''}.${more} ${people}` };
    }
    case 'live':
      return { sign, sentence: t('Live. Every text has what the law asks.'), cause: people };
  }
}

/** Places that stand for the rules: federal hours, a strict state, and a person whose state nobody knows. */
const PLACES = [
  { place: 'A person in Denver', jurisdictions: ['federal', 'CO'] },
  { place: 'In Maine', jurisdictions: ['federal', 'ME'] },
  { place: 'Where the state is unknown', jurisdictions: ['federal', 'unknown-state'] },
] as const;
const CANADA = { place: 'In Canada', jurisdictions: ['canada'] } as const;

/** When marketing of a program comes, as people in some places meet it. */
export function hoursSentences(
  { quietHours, numbers }: Program,
  senders: readonly Sender[],
  { t, context }: Pick<PageCall, 't' | 'context'>,
): string[] {
  if (quietHours === 'off') return [t('Its marketing leaves at any hour of the night: quiet hours are off.')];
  const isCanadian = senders.some(({ number, country }) => country === 'CA' && numbers.includes(number));
  const places = isCanadian ? [...PLACES, CANADA] : PLACES;
  return places.map(({ place, jurisdictions }, at) =>
    t(at === 0 ? '{place} gets its marketing {week}.' : '{place}: {week}.', {
      place: t(place),
      week: weekWords(marketingWeek(jurisdictions, context.now())),
    }),
  );
}

const WHY: Record<ProgramLimit['why'], string> = {
  promised: 'its words promise it',
  cap: 'a cap of our own',
  overall: 'marketing of all programs together',
};

/** How much one person gets at most, one sentence for each limit. */
export function capSentences(program: Program, t: Translate): string[] {
  if (program.capping === 'off') return [t('No cap limits its messages: caps are off.')];
  return programLimits(program).map(({ most, why, topic: id }) => {
    const topic = program.topics.find((known) => known.id === id);
    const values = { most, why: t(WHY[why]) };
    if (topic === undefined) return t('A person gets {most}: {why}.', values);
    return t('Of {topic} {most}: {why}.', { ...values, topic: wordsIn(topic.name, 'en') });
  });
}

/** Everything by which people join or choose, with the number to text. */
export const joinWords = ({ keywords }: Program): string[] => Object.values(keywords).flat();

export const purposeWords = ({ purpose }: Topic, t: Translate): string =>
  t(purpose === 'marketing' ? 'marketing' : 'information');
