/** Ends the reason of an opt-out that marks them. */
export const WRONG_NUMBER = ' (wrong number)';

/** Whether an opt-out of this reason, in the ledger, marks them. */
export const isMarked = (reason: string | null): boolean => reason?.endsWith(WRONG_NUMBER) === true;

/** Why a hold ended without an opt-out of everything: the person's own newer word. */
export const CONFIRMED_SINCE = 'the person confirmed since';

/** Why the ledger says that it did. */
export const UNDECIDED = 'nobody decided about the hold in time';

/** The same in the ledger of somebody under new keys: the timer could write in none, for those that sealed theirs were lost. */
export const UNDECIDED_LOST = `${UNDECIDED} (lost-key)`;
