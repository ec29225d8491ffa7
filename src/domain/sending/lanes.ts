/**
 * The queue of one sender that a message waits in. Lanes are served in the order of their first digit, those of
 * one digit in turn: who wrote to us is answered first, what a person ordered comes before what we offer, and no
 * campaign waits for another.
 */
export type Lane = `${0 | 1 | 2}-${string}`;

/** Marketing of no campaign: single messages by the API. */
export const SINGLE = 'single';

/** How the streams of journeys begin; those of a campaign's runs begin with its id. */
const JOURNEY = 'journey';

/** The stream of a journey's marketing, beside those of campaigns. */
export const journeyStream = (journey: string): string => `${JOURNEY}.${journey}`;

/**
 * Why no campaign can have an id, with the next step; null where it can. A campaign's stream is its id, a run's "id.2612011500";
 * so by these two alone one campaign would wait where single messages do, and a run where a journey of ten digits does.
 */
export function campaignIdFault(id: string): string | null {
  if (id !== SINGLE && id !== JOURNEY) return null;
  const others = id === SINGLE ? 'single messages' : 'a journey';
  return `No campaign can be called "${id}": its messages could wait in one queue with those of ${others}, and a pause could not tell them apart. Draft it under another id.`;
}

/** The lane of replies: to texts, and to forms and calls by which a person asks for something. */
export const ANSWERS: Lane = '0-answers';

/** `stream` names the campaign of a marketing message. */
export function laneOf(of: MessageClass, stream: string = SINGLE): Lane {
  if (of === 'marketing') return `2-${stream}`;
  return of === 'transactional' ? '1-transactional' : ANSWERS;
}

/** Whether a journey's offers wait in it. */
export const isOfJourney = (lane: Lane): boolean => lane.startsWith(`2-${JOURNEY}.`);

/** What lanes are for, most urgent first: answers to people, what a person ordered, what we offer. */
export const LANE_KINDS = ['answers', 'orders', 'offers'] as const;
export type LaneKind = (typeof LANE_KINDS)[number];

export const laneKind = (lane: Lane): LaneKind =>
  isMarketing(lane) ? 'offers' : lane.startsWith('1-') ? 'orders' : 'answers';

/** Only offers wait in these. */
export const isMarketing = (lane: Lane): boolean => lane.startsWith('2-');

/** Which lanes of a sender one loop of a dispatcher serves. Answers have a loop of their own, so that no offer keeps them waiting. */
export type ServedLanes = 'all' | 'answers' | 'rest';

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

/** Classes of message, as "who may get what" tells them apart (`may-receive.ts`). */
export const MESSAGE_CLASSES = [
  'reply',
  'help',
  'joining-help',
  'unknown-answer',
  'required-answer',
  'opt-out-confirmation',
  'hold-notice',
  'prompt',
  'staff-answer',
  'transactional',
  'marketing',
] as const;
export type MessageClass = (typeof MESSAGE_CLASSES)[number];
