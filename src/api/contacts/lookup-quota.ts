import { type Tries, TriesSpent } from '../../contacts/number-tries.ts';
import { DAY_MS, utcDay } from '../../domain/durations.ts';
import { takeUnknown } from '../../store/api-keys.ts';
import { Problem } from '../problem.ts';
import type { Circumstances } from '../route.ts';

/**
 * Numbers that nobody is held under, and that the keys of one maker may name in a day of UTC, in all web processes and over
 * all routes. Of a +1 number the last four digits are shown, and counts of segments tell its area code: that leaves some 800
 * numbers to try, so that a day of tries finds one number in eight days.
 */
export const UNKNOWN_A_DAY = 100;

type Asking = Pick<Circumstances, 'desk' | 'key'>;

/**
 * Of a question by number alone, once it was read who has it: throws a `Problem` instead of an answer where the key, and
 * those of the same maker, have named as many unknown numbers as they may in a day, also where this one is known.
 */
export async function countIfUnknown(asking: Asking, known: boolean): Promise<void> {
  if ((await take(asking, known ? 0 : 1)) === 0) throw tooManyUnknown(asking.desk.now(), ASK_BY_CONTACT);
}

/** The count for what a key saves by number; null where its line may not look people up, so that it never reads what it saved. */
const triesOf = (asking: Asking): Tries | null =>
  asking.key.mayLookUp ? (unknown) => take(asking, unknown) : null;

/** Runs what takes tries; where they are spent it throws a `Problem` that says where to go on, and how. */
export async function withTries<T>(
  asking: Asking,
  run: (tries: Tries | null) => Promise<T>,
  isList = false,
): Promise<T> {
  try {
    return await run(triesOf(asking));
  } catch (error) {
    if (!(error instanceof TriesSpent)) throw error;
    throw tooManyUnknown(asking.desk.now(), SAVE_OTHERWISE, isList ? { lines_done: error.line } : {});
  }
}

function take({ desk, key }: Asking, wanted: number): Promise<number> {
  return takeUnknown(desk.store, key.root, { day: utcDay(desk.now()), wanted, most: UNKNOWN_A_DAY });
}

function tooManyUnknown(now: Date, next_step: string, extras: { lines_done?: number } = {}): Problem {
  const detail = `This key and those of the same maker named ${UNKNOWN_A_DAY} numbers today that nobody is held under, and may name no more numbers until tomorrow, UTC.`;
  const seconds = Math.ceil((DAY_MS - (now.getTime() % DAY_MS)) / 1000);
  const all = { next_step, ...extras };
  return new Problem('too-many-requests', detail, all, { 'Retry-After': `${seconds}` });
}

const ASK_BY_CONTACT = 'Ask by contact.';
const SAVE_OTHERWISE =
  'To save more people in a day use a key whose line has no contacts:read, which is not counted: npm run key -- --name import --scopes contacts:write.';

/** Leaves a trace where all that a request by number did was tell whether it is known here. `contact`: null where nobody is held. */
export function logLookUp({ desk, key }: Asking, contact: string | null): void {
  desk.log.info({ key: key.id, contact }, 'a number was looked up by a request that came to nothing');
}
