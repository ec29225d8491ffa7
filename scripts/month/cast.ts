import { seededDraws, seededHash } from '../../src/simulator/behaviours.ts';
import { pick } from '../seed/audience/drawing.ts';
import { numberAt } from '../seed/audience/numbers.ts';
import { type NumberEvent, numberEventOf } from './number-event.ts';

/** One person of the month. `at`: place in the audience. */
export type Member = { at: number; number: string; network: Network; event: NumberEvent };

/** Somebody who signs up by the web form in the month. */
export type Newcomer = { number: string; network: Network; day: number; kind: 'good' | 'typo' | 'landline' };

const NETWORKS = ['Northline', 'Vela Mobile', 'Coastal'] as const;
export type Network = (typeof NETWORKS)[number];

/** The network that fails whole, so that every phone of it looks switched off. */
export const FAILING: Network = 'Coastal';

export type MonthCast = {
  seed: number;
  days: number;
  members: readonly Member[];
  newcomers: readonly Newcomer[];
};

/** `times`: how many times the usual shares of what is not good; 1 where nobody says more. */
export type CastOptions = { seed: number; people: number; days: number; times?: number };

/** New sign-ups a day, for a thousand people of the audience; of them, those that mistype and those that name a landline. */
const NEW_OF_1000 = 1;
const TYPO = 0.12;
const LANDLINE = 0.08;

/** Everybody's month. The same seed gives the same. */
export function castOf({ seed, people, days, times = 1 }: CastOptions): MonthCast {
  const members = Array.from({ length: people }, (_, at): Member => {
    const draw = seededDraws(seededHash(seed, `month ${at}`));
    const { number } = numberAt(at);
    return { at, number, network: networkOf(number), event: numberEventOf(draw, at, { days, times }) };
  });
  return { seed, days, members, newcomers: newcomersOf({ seed, people, days }) };
}

/** By the area code, as if each network were that of a region: what fails whole fails where people live together. */
const networkOf = (number: string): Network =>
  pick(seededDraws(seededHash(7, areaOf(number))), [...NETWORKS, 'Northline', 'Vela Mobile']);

/** "+1212". */
const areaOf = (number: string): string => number.slice(0, 5);

function newcomersOf({ seed, people, days }: CastOptions): Newcomer[] {
  const aDay = Math.max(1, Math.round((people * NEW_OF_1000) / 1000));
  return Array.from({ length: aDay * days }, (_, at): Newcomer => {
    const draw = seededDraws(seededHash(seed, `newcomer ${at}`));
    const { number } = numberAt(people + at);
    const luck = draw();
    const kind = luck < TYPO ? 'typo' : luck < TYPO + LANDLINE ? 'landline' : 'good';
    return { number, network: networkOf(number), day: Math.floor(at / aDay), kind };
  });
}
