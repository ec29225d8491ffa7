import type { Program } from '../program.ts';
import type { Turn } from './outcome.ts';
import { standing, type Target } from './suppression.ts';

/** Whom and what a text about all of a program would reach, from the number that was written to. */
export const targetOf = (turn: Turn, program: Program): Target => ({
  program: program.id,
  topic: null,
  sender: turn.act.number,
  service: turn.sender?.messagingServiceSid ?? null,
});

/** A hold keeps the program's texts back, whatever else stands. */
export const isHeld = (turn: Turn, program: Program): boolean =>
  standing(turn.person.suppressions, targetOf(turn, program), ['hold']).length > 0;
