import { isProvince } from '../../../src/domain/hours/zone-tables.ts';
import type { Language } from '../../../src/domain/program.ts';
import { seededDraws, seededHash } from '../../../src/simulator/behaviours.ts';
import { storyAt } from '../audience/audience.ts';
import { DAY_MS } from '../audience/character.ts';
import { pick, weighted, whole } from '../audience/drawing.ts';
import { numberAt } from '../audience/numbers.ts';
import type { Act } from '../audience/story.ts';

/** Somebody who acts in the past month. */
export type PastPerson = { number: string; language: Language };

/** Somebody who joins in the past month. `by`: the door. `dead`: the phone that the sheet or form names does not exist. */
export type PastNewcomer = PastPerson & {
  day: number;
  by: 'text' | 'form' | 'sheet' | 'call';
  answer: 'yes' | 'no' | 'never';
  dead: boolean;
  /** What is saved of them beside consent. A sheet has the first name alone. */
  known: { first_name: string; birth_date?: string; place?: { country: string; zip: string } };
};

export type PastCast = {
  /** People who subscribed to Fernway Deals and said nothing since that would stop it. */
  subscribers: readonly PastPerson[];
  /** People who subscribed to Fernway Orders. */
  shoppers: readonly PastPerson[];
  newcomers: readonly PastNewcomer[];
};

export type PastCastOptions = { people: number; seed: number; start: Date; days: number };

/** Consent that is older may lapse within the month. */
const FRESH_DAYS = 400;

const FIRST_NAMES: Record<Language, string[]> = {
  en: 'Abby Beth Caleb Della Ethan Faye Gail Henry Iris Joel Kara Leo Molly Nate Opal Pete Quinn Ruth Seth Tess'.split(
    ' ',
  ),
  es: 'Alma Beto Carmen Diego Elvira Fermín Gloria Héctor Inés Julia Lupe Mateo Nadia Óscar Pilar Raúl'.split(
    ' ',
  ),
  fr: ['Aline', 'Benoît', 'Chloé', 'Denis'],
};

/** The numbers of newcomers begin here: reserved for fiction, and behind those of an audience of a usual size. */
const FIRST_NUMBER = 30_000;

/** Of New York, Chicago, Denver, Boise, Los Angeles, Miami. */
const ZIPS = ['10012', '60614', '80205', '83702', '90026', '33133'];

const A_DAY = 6;

/** On these days a sheet on a table at a store opening is typed in, with many wrong numbers. */
const SHEET_DAYS: readonly number[] = [6, 7, 8];
const ON_SHEET = 16;
const WRONG_ON_SHEET = 0.3;

/** Draws who acts. The same options give the same people, so that an interrupted month continues with them. */
export function castOf({ people, seed, start, days }: PastCastOptions): PastCast {
  const stories = Array.from({ length: people }, (_, at) => storyAt({ at, seed, now: start }));
  const lately = stories.filter(
    ({ since, state }) => !isProvince(state) && start.getTime() - since.getTime() < FRESH_DAYS * DAY_MS,
  );
  const of = (program: string): PastPerson[] =>
    lately
      .filter(({ acts }) => isSettled(acts, program))
      .map(({ number, language }) => ({ number, language }));
  return { subscribers: of('deals'), shoppers: of('orders'), newcomers: newcomersOf(seed, days) };
}

/** Choices of the menu end nothing. */
const CHOICES = ['2', '3', '2 3', 'NEWS', 'EVENTS'];

/** Whether a person said yes to a program, and nothing later that ends or stops anything. */
function isSettled(acts: readonly Act[], program: string): boolean {
  const yes = acts.some((act) => act.do === 'answer' && act.yes && act.program === program);
  return yes && acts.every((act) => act.do !== 'text' || CHOICES.includes(act.body));
}

/** Numbers of the US: a short code cannot be reached from Canada. */
function* freeNumbers(): Generator<string, never> {
  for (let at = FIRST_NUMBER; ; at += 1) {
    const { number, state } = numberAt(at);
    if (!isProvince(state)) yield number;
  }
}

function newcomersOf(seed: number, days: number): PastNewcomer[] {
  const numbers = freeNumbers();
  const all: PastNewcomer[] = [];
  for (let day = 0; day < days; day += 1) {
    const onSheet = SHEET_DAYS.includes(day) ? ON_SHEET : 0;
    for (let nth = 0; nth < A_DAY + onSheet; nth += 1) {
      const newcomer = newcomerOf(seed, all.length, day, nth >= A_DAY);
      all.push({ ...newcomer, number: numbers.next().value });
    }
  }
  return all;
}

function newcomerOf(seed: number, at: number, day: number, onSheet: boolean): Omit<PastNewcomer, 'number'> {
  const draw = seededDraws(seededHash(seed, `past newcomer ${at}`));
  const language = draw() < 0.2 ? 'es' : 'en';
  const doors = [
    [70, 'text'],
    [25, 'form'],
    [5, 'call'],
  ] as const;
  const by = onSheet ? 'sheet' : weighted(draw, doors);
  const dead = onSheet && draw() < WRONG_ON_SHEET;
  const answers = [
    [80, 'yes'],
    [6, 'no'],
    [14, 'never'],
  ] as const;
  const answer = dead ? 'never' : weighted(draw, answers);
  const first_name = pick(draw, FIRST_NAMES[language]);
  const birth_date = `${whole(draw, 1955, 2004)}-${String(whole(draw, 1, 12)).padStart(2, '0')}-15`;
  const place = { country: 'US', zip: pick(draw, ZIPS) };
  const known = onSheet ? { first_name } : { first_name, birth_date, place };
  return { language, day, by, answer, dead, known };
}
