import { DAY_MS, utcDay } from '../../domain/durations.ts';
import { countUnknown, readUnknown } from '../../store/api-keys.ts';
import { Problem } from '../problem.ts';
import type { Circumstances } from '../route.ts';

/**
 * Questions of the keys of one maker, in a day of UTC and in all web processes, about numbers that nobody is held under. Of a +1 number
 * the last four digits are shown, and counts of segments tell its area code: that leaves some 800 numbers to try.
 */
export const UNKNOWN_A_DAY = 300;

/**
 * Of a question by number alone, once it was read who has it: throws a `Problem` instead of an answer where the key, and
 * those of the same maker, have asked about as many unknown ones as they may in a day, also where this one is known.
 */
export async function countIfUnknown({ desk, key }: Circumstances, known: boolean): Promise<void> {
  const now = desk.now();
  const day = utcDay(now);
  if ((await readUnknown(desk.store, key.root, day)) >= UNKNOWN_A_DAY) throw tooManyUnknown(now);
  if (!known && (await countUnknown(desk.store, key.root, day)) > UNKNOWN_A_DAY) throw tooManyUnknown(now);
}

function tooManyUnknown(now: Date): Problem {
  const detail = `This key and those of the same maker asked about ${UNKNOWN_A_DAY} numbers today that nobody is held under, and may ask about no more numbers until tomorrow, UTC. Ask by contact.`;
  const seconds = Math.ceil((DAY_MS - (now.getTime() % DAY_MS)) / 1000);
  return new Problem('too-many-requests', detail, {}, { 'Retry-After': `${seconds}` });
}

/**
 * Notes that a request by a number came to nothing, so that all it did was tell whether the number is known here: a
 * look-up then, counted and logged as one. Throws a `Problem`, to be told in place of that, where the key has had its
 * look-ups. `contact`: null where nobody is held.
 */
export async function noteLookUp(
  { desk, key, countLookUp }: Circumstances,
  contact: string | null,
): Promise<void> {
  await countLookUp();
  desk.log.info({ key: key.id, contact }, 'a number was looked up by a request that came to nothing');
}

/**
 * That an event is not this number's counts by the day as an unknown number does: by trying, its own would be found. By the day
 * first, or whoever has spent the minute would go on trying for nothing.
 */
export async function noteNotTheirs(of: Circumstances, contact: string | null): Promise<void> {
  await countIfUnknown(of, false);
  await noteLookUp(of, contact);
}

/** That an event is this number's is told as long as of others that it is not: else it would follow from their refusals. Counts nothing. */
export async function noteTheirs(of: Circumstances): Promise<void> {
  await countIfUnknown(of, true);
  if (!(await of.hasLookUps())) await of.countLookUp();
}

/** As `noteLookUp`, for one line of many; false where the key has had its look-ups. */
export const noteLookUpOfLine = (of: Circumstances, contact: string | null): Promise<boolean> =>
  untilSpent(noteLookUp(of, contact));

/** Whether something of a line may be told: false where the key has had its look-ups. */
export async function untilSpent(noted: Promise<void>): Promise<boolean> {
  try {
    await noted;
    return true;
  } catch (error) {
    if (error instanceof Problem && error.kind === 'too-many-requests') return false;
    throw error;
  }
}
