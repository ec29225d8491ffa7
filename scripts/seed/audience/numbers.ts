import { AREA_CODES, isProvince } from '../../../src/domain/hours/zone-tables.ts';
import { readNumber } from '../../../src/domain/numbers.ts';

/** Remote territories, which no campaign is about. */
const LEFT_OUT = ['AS', 'GU', 'MP', 'NT NU YT'];

/**
 * Area codes of the US, in proportion to the population of each state, and one of each Canadian province, which makes about
 * three percent of the people.
 */
const CODES = [...AREA_CODES].filter(
  ([code, states], at, all) =>
    !LEFT_OUT.includes(states) &&
    (!isProvince(states.slice(0, 2)) || all[at - 1]?.[1] !== states) &&
    isValid(`+1${code}5550100`),
);

/**
 * Numbers of the exchange 555. In every area code 0100 to 0199 are reserved for fiction; these 35,000 numbers are used first.
 * The other numbers of 555 also reach nobody: they were meant for services like 555-1212, hardly any was used, and since 2016
 * none is assigned. Without 0000 to 0099, directory assistance (1212) and the national number (4334) they are over three million
 * more. Each is valid, and no phone has it. Source: NANPA, "555 Line Numbers".
 */
const LINES = [...range(100, 100), ...range(200, 9800).filter((line) => line !== 1212 && line !== 4334)];

/** The number of numbers that exist. */
export const MOST_NUMBERS = CODES.length * LINES.length;

/** Returns the number at a position, E.164, and the state or province of its area code. No two positions have the same number. */
export function numberAt(at: number): { number: string; state: string } {
  const [code = '', states = ''] = CODES[at % CODES.length] ?? [];
  const line = LINES[Math.floor(at / CODES.length)];
  if (line === undefined) throw new RangeError(`there are ${MOST_NUMBERS} numbers, not ${at + 1}`);
  return { number: `+1${code}555${String(line).padStart(4, '0')}`, state: states.split(' ')[0] ?? '' };
}

function isValid(number: string): boolean {
  const reading = readNumber(number);
  return reading.kind === 'phone' && reading.valid;
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => first + at);
}
