/**
 * The queue of one sender in which a message waits. Lanes are served in the order of their first digit, and lanes of
 * one digit in turn: answers first, transactional messages before marketing, and no campaign waits for another.
 */
export type Lane = `${0 | 1 | 2}-${string}`;

/** The stream of marketing outside campaigns: single messages by the API. */
export const SINGLE = 'single';

/** Prefix of the streams of journeys. The streams of a campaign's runs begin with its id. */
const JOURNEY = 'journey';

/** The stream of a journey's marketing. */
export const journeyStream = (journey: string): string => `${JOURNEY}.${journey}`;

/**
 * Why no campaign can have this id, with the next step; null where one can. A campaign's stream is its id, and a
 * run's stream "id.2612011500". With these two ids, a campaign would share the queue of single messages, or a run
 * that of a journey whose id has ten digits.
 */
export function campaignIdFault(id: string): string | null {
  if (id !== SINGLE && id !== JOURNEY) return null;
  const reservedFor = id === SINGLE ? 'single messages' : 'a journey';
  return `No campaign can have the id "${id}": its messages would share a queue with those of ${reservedFor}, and a pause would stop both. Choose another id.`;
}

/** The lane of replies: to texts, and to forms and calls by which a person asks for something. */
export const ANSWERS: Lane = '0-answers';

/** `stream` names the campaign of a marketing message. */
export function laneOf(messageClass: MessageClass, stream: string = SINGLE): Lane {
  if (messageClass === 'marketing') return `2-${stream}`;
  return messageClass === 'transactional' ? '1-transactional' : ANSWERS;
}

const JOURNEY_LANE = `2-${JOURNEY}.`;

/** Whether a journey's marketing waits in the lane. */
export const isOfJourney = (lane: Lane): boolean => lane.startsWith(JOURNEY_LANE);

/** Kinds of lanes, most urgent first: answers, transactional messages ("orders"), marketing ("offers"). */
export const LANE_KINDS = ['answers', 'orders', 'offers'] as const;
export type LaneKind = (typeof LANE_KINDS)[number];

export const laneKind = (lane: Lane): LaneKind =>
  isMarketing(lane) ? 'offers' : lane.startsWith('1-') ? 'orders' : 'answers';

/** Only marketing waits in these lanes. */
export const isMarketing = (lane: Lane): boolean => lane.startsWith('2-');

/**
 * Which lanes of a sender one loop of a dispatcher serves. Answers have a loop of their own, so that no marketing
 * delays them.
 */
export type ServedLanes = 'all' | 'answers' | 'rest';

/** Lanes from which no message may start now. */
export type ClosedLanes = Pick<ReadonlySet<Lane>, 'has'>;

/**
 * The marketing lane that was served last. Answers and transactional messages in between do not restart the rotation.
 */
export const lastMarketingLane = (served: readonly Lane[], before: Lane | null): Lane | null =>
  served.findLast(isMarketing) ?? before;

/**
 * Lanes in the order in which to serve them now: by their digit; within a digit, starting after the lane served last.
 */
export function inTurn(lanes: readonly Lane[], last: Lane | null): Lane[] {
  const rank = (lane: Lane): string => lane.slice(0, 1);
  const sorted = [...new Set(lanes)].sort();
  return sorted.sort((a, b) => {
    if (rank(a) !== rank(b)) return rank(a) < rank(b) ? -1 : 1;
    if (last === null) return 0;
    return Number(a <= last) - Number(b <= last);
  });
}

/** Classes of message, as the send rules distinguish them (`send-rules.ts`). */
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
