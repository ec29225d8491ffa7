import { createHash } from 'node:crypto';

/** Without 0, 1, I and O, which people mistake for each other when they read a handle out. */
const SIGNS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

const LENGTH = 4;

/**
 * Four signs that tell people apart whose numbers end alike, such as "K7FQ". The handle follows from the contact's id,
 * so it stays the same, and it tells nothing about the number. Two contacts of a million may share one.
 */
export function handleOf(contactId: string): string {
  const hash = createHash('sha256').update(contactId).digest();
  return [...hash.subarray(0, LENGTH)].map((byte) => SIGNS[byte % SIGNS.length]).join('');
}
