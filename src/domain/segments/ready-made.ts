import type { Leaf, Tree } from './tree.ts';

/** Segments most brands want, as trees to start from. `program`: of one program; without it, of any. */
type Of = { program?: string };

/** Subscribed, bought within the year, and not lately. Other events than purchases may stand for buying. */
export function winBack(asked: Of & { event?: string; quietDays?: number; withinDays?: number } = {}): Tree {
  const { event = 'purchase', quietDays = 90, withinDays = 365 } = asked;
  return {
    kind: 'all',
    of: [
      subscribed(asked),
      { kind: 'did', event, days: withinDays },
      { kind: 'did-not', event, days: quietDays },
    ],
  };
}

/** Subscribed by a consent of the last seven days. */
export function newThisWeek(asked: Of = {}): Tree {
  return subscribed(asked, { newerThanDays: 7 });
}

/** Subscribed by a consent that is older than so many months of 30.44 days. */
export function oldConsent(asked: Of & { months?: number } = {}): Tree {
  return subscribed(asked, { olderThanDays: Math.round((asked.months ?? 18) * 30.4375) });
}

/** Subscribed, and did one of these lately. */
export function engaged(asked: Of & { events?: readonly string[]; days?: number } = {}): Tree {
  const { events = ['click', 'reply', 'purchase'], days = 30 } = asked;
  const acts = events.map((event): Leaf => ({ kind: 'did', event, days }));
  return { kind: 'all', of: [subscribed(asked), { kind: 'any', of: acts }] };
}

/** Subscribed, and the zone known neither from the person nor from a ZIP or a state. */
export function weakZone(asked: Of = {}): Tree {
  const sources = (['zone', 'zip', 'state'] as const).map((what): Leaf => ({ kind: 'known', what }));
  return { kind: 'all', of: [subscribed(asked), { kind: 'none', of: sources }] };
}

function subscribed({ program }: Of, age: { olderThanDays?: number; newerThanDays?: number } = {}): Leaf {
  return { kind: 'subscription', state: 'subscribed', ...(program === undefined ? {} : { program }), ...age };
}
