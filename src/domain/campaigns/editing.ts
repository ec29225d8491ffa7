import type { Movable } from './moves.ts';

/** What may still be changed for people whose message has not left. `deadline` undefined: stays; null: none. */
export type EditOrder = { words: boolean; deadline?: Date | null };

/** What is wrong with an edit of a campaign that was started, with the next step; null where nothing is. */
export function editFault(
  { state }: Movable,
  { words, deadline }: EditOrder,
  now: Date,
): { field: string | null; why: string } | null {
  switch (state) {
    case 'draft':
      return { field: null, why: 'It is a draft: save it whole, PUT /campaigns/{id}.' };
    case 'scheduled':
    case 'sending':
      return {
        field: null,
        why: 'It is under way. Pause it, POST /campaigns/{id}/pause, edit it, then resume it.',
      };
    case 'finished':
    case 'canceled':
      return { field: null, why: 'It is over. Make another campaign.' };
    case 'paused':
      if (!words && deadline === undefined) {
        return { field: 'words', why: 'Say what changes: "words": true, or a deadline.' };
      }
      return deadline != null && deadline <= now
        ? { field: 'deadline', why: 'It has passed: nothing could leave any more.' }
        : null;
    default:
      return state satisfies never;
  }
}
