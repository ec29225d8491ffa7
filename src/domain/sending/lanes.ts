import type { MessageClass } from './classes.ts';

/**
 * The queue of one sender that a message waits in. Lanes are served in the order of their first digit, those of
 * one digit in turn: who wrote to us is answered first, what a person ordered comes before what we offer, and no
 * campaign waits for another.
 */
export type Lane = `${0 | 1 | 2}-${string}`;

/** Marketing of no campaign: single messages by the API. */
export const SINGLE = 'single';

/** `stream` names the campaign of a marketing message. */
export function laneOf(of: MessageClass, stream: string = SINGLE): Lane {
  if (of === 'marketing') return `2-${stream}`;
  return of === 'transactional' ? '1-transactional' : '0-answers';
}

/** What lanes are for, most urgent first: answers to people, what a person ordered, what we offer. */
export const LANE_KINDS = ['answers', 'orders', 'offers'] as const;
export type LaneKind = (typeof LANE_KINDS)[number];

export const laneKind = (lane: Lane): LaneKind =>
  isMarketing(lane) ? 'offers' : lane.startsWith('1-') ? 'orders' : 'answers';

/** Only offers wait in these. */
export const isMarketing = (lane: Lane): boolean => lane.startsWith('2-');

/** Lanes that nothing may be begun of now. */
export type ClosedLanes = Pick<ReadonlySet<Lane>, 'has'>;

/** The last of our offers that was served: answers and orders in between do not begin their turns anew. */
export const lastOffer = (served: readonly Lane[], before: Lane | null): Lane | null =>
  served.findLast(isMarketing) ?? before;

/** Lanes in the order to serve them now: by their digit; among equals after the one that was served last. */
export function inTurn(lanes: readonly Lane[], last: Lane | null): Lane[] {
  const rank = (lane: Lane): string => lane.slice(0, 1);
  const sorted = [...new Set(lanes)].sort();
  return sorted.sort((a, b) => {
    if (rank(a) !== rank(b)) return rank(a) < rank(b) ? -1 : 1;
    if (last === null) return 0;
    return Number(a <= last) - Number(b <= last);
  });
}
