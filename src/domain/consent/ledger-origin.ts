/** Suffix of an opt-out's ledger reason when it also marks the number as wrong. */
export const WRONG_NUMBER = ' (wrong number)';

/** Whether an opt-out with this ledger reason marks the number as wrong. */
export const isMarked = (reason: string | null): boolean => reason?.endsWith(WRONG_NUMBER) === true;

/** Ledger reason when a hold ended without an opt-out of everything: the person's own newer decision. */
export const CONFIRMED_SINCE = 'the person confirmed since';

/** Ledger reason when a hold ended because nobody decided about it in time. */
export const UNDECIDED = 'nobody decided about the hold in time';

/**
 * The same in the ledger of a person under new keys: the old keys were lost, so no entry could be written when the
 * timer ran.
 */
export const UNDECIDED_LOST = `${UNDECIDED} (lost-key)`;
