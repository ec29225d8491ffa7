import { z } from 'zod';
import { NOTES, type Note } from '../domain/sending/message-plan.ts';

export const note = z.strictObject({
  code: z.enum(Object.keys(NOTES) as [Note, ...Note[]]),
  sentence: z.string(),
});

export const notesOf = (codes: readonly Note[]) => codes.map((code) => ({ code, sentence: NOTES[code] }));
