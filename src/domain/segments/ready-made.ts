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

/** Subscribed, and did one of these, or texted, lately. */
export function engaged(asked: Of & { events?: readonly string[]; days?: number } = {}): Tree {
  const { events = ['click', 'purchase'], days = 30 } = asked;
  const acts: Leaf[] = [
    ...events.map((event): Leaf => ({ kind: 'did', event, days })),
    { kind: 'replied', days },
  ];
  return { kind: 'all', of: [subscribed(asked), { kind: 'any', of: acts }] };
}

/** Subscribed, and neither place nor ZIP leaves one time zone: they get marketing in the strictest hours alone. */
export function weakZone(asked: Of = {}): Tree {
  return { kind: 'all', of: [subscribed(asked), { kind: 'weak-zone' }] };
}

/** Subscribed, and what they did lately fades: one step before they are lost. */
export function atRisk(asked: Of = {}): Tree {
  return { kind: 'all', of: [subscribed(asked), { kind: 'engagement', oneOf: ['at-risk'] }] };
}

/** Subscribed, and silent to the last messages. */
export function ignoring(asked: Of & { last?: number } = {}): Tree {
  return { kind: 'all', of: [subscribed(asked), { kind: 'ignored', last: asked.last ?? 5 }] };
}

/** All of them, under the names by which the API offers them. */
export const READY_MADE: readonly { id: string; name: string; tree: (asked: Of) => Tree }[] = [
  { id: 'win-back', name: 'Win back', tree: winBack },
  { id: 'new-this-week', name: 'New this week', tree: newThisWeek },
  { id: 'engaged', name: 'Engaged', tree: engaged },
  { id: 'at-risk', name: 'At risk', tree: atRisk },
  { id: 'ignoring', name: 'Ignoring us', tree: ignoring },
  { id: 'old-consent', name: 'Consent older than 18 months', tree: oldConsent },
  { id: 'weak-zone', name: 'Weak time zone', tree: weakZone },
];

function subscribed({ program }: Of, age: { olderThanDays?: number; newerThanDays?: number } = {}): Leaf {
  return { kind: 'subscription', state: 'subscribed', ...(program === undefined ? {} : { program }), ...age };
}
