import type { Leaf, Tree } from './tree.ts';

/** Options of all ready-made segments. `program`: limits the segment to one program; absent: any program. */
type SegmentOptions = { program?: string };

/** Subscribers who bought within the year, but not lately. `event` replaces the purchase. */
export function winBack(
  options: SegmentOptions & { event?: string; quietDays?: number; withinDays?: number } = {},
): Tree {
  const { event = 'purchase', quietDays = 90, withinDays = 365 } = options;
  return {
    kind: 'all',
    of: [
      subscribed(options),
      { kind: 'did', event, days: withinDays },
      { kind: 'did-not', event, days: quietDays },
    ],
  };
}

/** Subscribers whose consent is at most seven days old. */
export function newThisWeek(options: SegmentOptions = {}): Tree {
  return subscribed(options, { newerThanDays: 7 });
}

/** Subscribers whose consent is older than this many months of 30.44 days. */
export function oldConsent(options: SegmentOptions & { months?: number } = {}): Tree {
  return subscribed(options, { olderThanDays: Math.round((options.months ?? 18) * 30.4375) });
}

/** Subscribers who lately did one of these events, or texted us. */
export function engaged(options: SegmentOptions & { events?: readonly string[]; days?: number } = {}): Tree {
  const { events = ['click', 'purchase'], days = 30 } = options;
  const acts: Leaf[] = [
    ...events.map((event): Leaf => ({ kind: 'did', event, days })),
    { kind: 'replied', days },
  ];
  return { kind: 'all', of: [subscribed(options), { kind: 'any', of: acts }] };
}

/**
 * Subscribers whose place and ZIP code do not settle on one time zone. They get marketing only in the strictest
 * hours.
 */
export function weakZone(options: SegmentOptions = {}): Tree {
  return { kind: 'all', of: [subscribed(options), { kind: 'weak-zone' }] };
}

/** Subscribers whose engagement fades: the last level before they count as lost. */
export function atRisk(options: SegmentOptions = {}): Tree {
  return { kind: 'all', of: [subscribed(options), { kind: 'engagement', oneOf: ['at-risk'] }] };
}

/** Subscribers who neither clicked nor answered the last messages. */
export function ignoring(options: SegmentOptions & { last?: number } = {}): Tree {
  return { kind: 'all', of: [subscribed(options), { kind: 'ignored', last: options.last ?? 5 }] };
}

/** All ready-made segments, by their ids and names in the API. */
export const READY_MADE: readonly { id: string; name: string; tree: (options: SegmentOptions) => Tree }[] = [
  { id: 'win-back', name: 'Win back', tree: winBack },
  { id: 'new-this-week', name: 'New this week', tree: newThisWeek },
  { id: 'engaged', name: 'Engaged', tree: engaged },
  { id: 'at-risk', name: 'At risk', tree: atRisk },
  { id: 'ignoring', name: 'Ignoring us', tree: ignoring },
  { id: 'old-consent', name: 'Consent older than 18 months', tree: oldConsent },
  { id: 'weak-zone', name: 'Weak time zone', tree: weakZone },
];

function subscribed(
  { program }: SegmentOptions,
  age: { olderThanDays?: number; newerThanDays?: number } = {},
): Leaf {
  return { kind: 'subscription', state: 'subscribed', ...(program === undefined ? {} : { program }), ...age };
}
