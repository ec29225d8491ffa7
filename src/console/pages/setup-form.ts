import { z } from 'zod';

/** A reason or a note of staff, in one line. It is kept in the clear. */
export const note = z
  .string()
  .trim()
  .min(3)
  .max(200)
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u);

/** What a form says when there is no such note. */
export const NOTE_FAULT = 'Say why, in one line of 3 to 200 letters.';
