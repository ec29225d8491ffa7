import { hash, verify } from '@node-rs/argon2';
import { passwordForm } from '../domain/access/staff.ts';

/** OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. The library uses argon2id unless told otherwise. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes at once. Each takes 19 MiB and a thread of the pool, which the database client needs too. */
const MOST_AT_ONCE = 2;
/** Requests that may wait for a hash. Beyond that a request is refused at once. */
const MOST_WAITING = 50;

/** Too many passwords are being checked at this moment. */
export class PasswordsBusy extends Error {
  override name = 'PasswordsBusy';
}

let running = 0;
const waiting: (() => void)[] = [];

/** Runs `work` when few others run. Throws `PasswordsBusy` when many wait already. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MOST_AT_ONCE) {
    if (waiting.length >= MOST_WAITING) throw new PasswordsBusy('too many passwords are being checked');
    // The check that ends calls the next one that waits in place of lowering `running`.
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running += 1;
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

/** The argon2id hash of a password, with its salt and cost. */
export const hashPassword = (password: string): Promise<string> =>
  inTurn(() => hash(passwordForm(password), COST));

let nobodys: Promise<string> | null = null;

/**
 * Whether a password fits a hash. Without a hash, compares with that of nobody and answers false, so that unknown
 * people cost the same time as known ones.
 */
export async function passwordFits(stored: string | null, password: string): Promise<boolean> {
  nobodys ??= hashPassword('the password of nobody');
  const against = stored ?? (await nobodys);
  const fits = await inTurn(() => verify(against, passwordForm(password)));
  return fits && stored !== null;
}
