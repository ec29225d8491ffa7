import { AREA_CODES, isProvince } from '../../../src/domain/hours/zone-tables.ts';
import { readNumber } from '../../../src/domain/numbers.ts';

/** Islands and ice far away: nobody's campaign is about them. */
const LEFT_OUT = ['AS', 'GU', 'MP', 'NT NU YT'];

/**
 * Area codes of the US, a state having about as many as its people need, and one of each Canadian province: some three
 * people in a hundred.
 */
const CODES = [...AREA_CODES].filter(
  ([code, states], at, all) =>
    !LEFT_OUT.includes(states) &&
    (!isProvince(states.slice(0, 2)) || all[at - 1]?.[1] !== states) &&
    isValid(`+1${code}5550100`),
);

/**
 * Lines of the exchange 555. In every area code 0100 to 0199 are kept for fiction: some 35,000 numbers, given out first.
 * The other lines of 555 ring nowhere either: they were meant for services like 555-1212, hardly one was ever put to use,
 * and since 2016 none is assigned. Without 0000 to 0099, directory assistance (1212) and what was kept for the whole
 * country (4334) they make over three million more. Each is valid, and no phone has it. Source: NANPA, "555 Line Numbers".
 */
const LINES = [...range(100, 100), ...range(200, 9800).filter((line) => line !== 1212 && line !== 4334)];

/** As many numbers as there are. */
export const MOST_NUMBERS = CODES.length * LINES.length;

/** The number at a place, E.164, no two of them the same; and the state or province its area code was given out in. */
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
