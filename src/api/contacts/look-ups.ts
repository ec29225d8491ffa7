import { Problem } from '../problem.ts';
import type { Circumstances } from '../route.ts';

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

/** As `noteLookUp`, for one line of many; false where the key has had its look-ups. */
export async function noteLookUpOfLine(of: Circumstances, contact: string | null): Promise<boolean> {
  try {
    await noteLookUp(of, contact);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.kind === 'too-many-requests') return false;
    throw error;
  }
}
