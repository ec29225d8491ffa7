import { type Actor, actorText } from '../../domain/access/actor.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import { otherQueueLook, putQueueLook } from '../../store/consent/queue-looks.ts';
import type { AppContext } from '../app-context.ts';

/** How long a look warns others, ms. A look locks nothing: whoever saves first decides. */
const LOOK_MS = 5 * MINUTE_MS;

/** Somebody who looks at the same item. `by`: an actor as text. */
export type OtherLook = { by: string; since: Date };

/**
 * Notes that somebody opened an item of the inbox, or a hold, to decide about it. Returns who else looks at it now;
 * null when nobody does.
 */
export async function lookAt(
  { now, store }: Pick<AppContext, 'now' | 'store'>,
  { of, actor }: { of: string; actor: Actor },
): Promise<OtherLook | null> {
  const at = now();
  const fresh = new Date(at.getTime() - LOOK_MS);
  const by = actorText(actor);
  await putQueueLook(store, { by, of, at, fresh });
  const other = await otherQueueLook(store, { by, of, fresh });
  return other === null ? null : { by: other._id, since: other.since };
}
