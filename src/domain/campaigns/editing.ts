import type { Movable } from './moves.ts';

/** A campaign as far as its edits depend on it. `repeats`: it makes runs, which have deadlines of their own. */
export type Editable = Pick<Movable, 'state'> & { startAt: Date | null; repeats: boolean };

/** What may still be changed for people whose message has not left. `deadline` undefined: stays; null: none. */
export type EditOrder = { words: boolean; deadline?: Date | null };

/** What is wrong with an edit of a campaign that was started, with the next step; null where nothing is. */
export function editFault(
  { state, startAt, repeats }: Editable,
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
      return deadline === undefined ? null : deadlineFault(deadline, { startAt, repeats }, now);
    default:
      return state satisfies never;
  }
}

function deadlineFault(
  deadline: Date | null,
  { startAt, repeats }: Omit<Editable, 'state'>,
  now: Date,
): { field: string; why: string } | null {
  const no = (why: string) => ({ field: 'deadline', why });
  if (repeats)
    return no('It runs again and again, each run with a deadline of its own. Edit a run that is paused.');
  if (deadline === null) return null;
  if (deadline <= now) return no('It has passed: nothing could leave any more.');
  return startAt !== null && deadline <= startAt ? no('The deadline must come after the start.') : null;
}
