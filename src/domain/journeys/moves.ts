export const JOURNEY_STATES = ['draft', 'running', 'paused', 'stopped'] as const;
export type JourneyState = (typeof JOURNEY_STATES)[number];

export const JOURNEY_MOVES = ['start', 'pause', 'stop'] as const;
export type JourneyMove = (typeof JOURNEY_MOVES)[number];

/**
 * Where each move leads from each state; a sentence where it cannot be made. `start` goes on after a pause; a stop that broke off may be
 * asked again.
 */
const TABLE: Record<JourneyMove, Record<JourneyState, JourneyState | { no: string }>> = {
  start: {
    draft: 'running',
    running: { no: 'The journey is running already.' },
    paused: 'running',
    stopped: 'running',
  },
  pause: {
    draft: { no: 'The journey was never started.' },
    running: 'paused',
    paused: { no: 'The journey is paused already.' },
    stopped: { no: 'The journey is stopped; start it again.' },
  },
  stop: {
    draft: { no: 'The journey was never started.' },
    running: 'stopped',
    paused: 'stopped',
    stopped: 'stopped',
  },
};

export type JourneyMoved = { ok: true; to: JourneyState } | { ok: false; why: string };

export function moveJourney(from: JourneyState, how: JourneyMove): JourneyMoved {
  const to = TABLE[how][from];
  return typeof to === 'string' ? { ok: true, to } : { ok: false, why: to.no };
}
