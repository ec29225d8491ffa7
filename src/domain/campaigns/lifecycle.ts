export const CAMPAIGN_STATES = ['draft', 'scheduled', 'sending', 'paused', 'finished', 'canceled'] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/** How lists of campaigns are sorted: the newest first, the latest start first, or by name. */
export const CAMPAIGN_SORTS = ['created', 'start', 'name'] as const;
export type CampaignSort = (typeof CAMPAIGN_SORTS)[number];

/** The states in which a campaign may be archived: nothing of it is under way. */
export const AT_REST = ['draft', 'finished', 'canceled'] as const satisfies CampaignState[];

export const MOVES = ['edit', 'start', 'pause', 'resume', 'cancel'] as const;
export type CampaignCommand = (typeof MOVES)[number];
/** The moves of a campaign that was started. */
export type StateCommand = Exclude<CampaignCommand, 'edit' | 'start'>;

/** The states that each move needs, and the state it leads to; null: the state stays. */
const TABLE: Record<
  CampaignCommand,
  { from: readonly CampaignState[]; to: CampaignState | null; no: string }
> = {
  edit: { from: ['draft'], to: null, no: 'cannot be changed any more' },
  start: { from: ['draft'], to: 'scheduled', no: 'cannot be started again' },
  pause: { from: ['scheduled', 'sending'], to: 'paused', no: 'has nothing under way to pause' },
  resume: { from: ['paused'], to: 'scheduled', no: 'is not paused' },
  cancel: { from: ['draft', 'scheduled', 'sending', 'paused'], to: 'canceled', no: 'is over already' },
};

/**
 * The part of a campaign that its moves depend on. `repeat`: present on a recurrence. `awaitsWinner`: until the
 * winner of a test is chosen, `plan` covers only the people of the test.
 */
export type Movable = {
  state: CampaignState;
  deadline: Date | null;
  repeat?: object;
  plan: { complete: boolean };
  awaitsWinner?: boolean;
};

/** True where every recipient has a delivery, which says what became of their message. */
export const isPlanned = ({ plan, awaitsWinner = false }: Pick<Movable, 'plan' | 'awaitsWinner'>): boolean =>
  plan.complete && !awaitsWinner;

type Moved = { ok: true; to: CampaignState } | { ok: false; why: string };

const IS: Record<CampaignState, string> = {
  draft: 'is a draft',
  scheduled: 'is scheduled',
  sending: 'is being sent',
  paused: 'is paused',
  finished: 'is finished',
  canceled: 'was canceled',
};

/**
 * The state that a move leads to, or the sentence that says why the move is refused. A recurrence may be paused or
 * canceled repeatedly: a client that got no answer does not know which runs were moved, and must be able to repeat
 * the request.
 */
export function transitionTo(campaign: Movable, how: CampaignCommand, now: Date): Moved {
  const { state, deadline, repeat } = campaign;
  const { from, to, no } = TABLE[how];
  const mayRepeat = repeat !== undefined && (how === 'pause' || how === 'cancel');
  if (mayRepeat && state === to) return { ok: true, to };
  if (!from.includes(state)) return { ok: false, why: `The campaign ${IS[state]}; it ${no}.` };
  if (how === 'resume' && deadline !== null && deadline <= now) {
    return { ok: false, why: `${LATE} ${isPlanned(campaign) ? ALL_PLANNED : SOME_PLANNED}` };
  }
  return { ok: true, to: to ?? state };
}

const LATE = 'Its deadline has passed, so no message of it may be sent.';
const ALL_PLANNED =
  'Cancel it; POST /campaigns/{id}/missed then drafts another for those whose message expired.';
const SOME_PLANNED =
  'Planning is not complete. Set a later deadline, POST /campaigns/{id}/edit, and resume the campaign. Expired messages stay expired; once the campaign has ended, POST /campaigns/{id}/missed drafts another for their recipients.';

/** An open run of a recurrence, in the state in which a move of the recurrence left the run. */
export type RunLeft = { id: string; state: CampaignState };

/**
 * Says what happened to the open runs of a recurrence that was moved. Resuming a recurrence resumes no run, because
 * each run was paused for a reason of its own.
 */
export function runsSentence(how: StateCommand, runs: readonly RunLeft[]): string {
  const idsOf = (states: readonly CampaignState[]): string[] =>
    runs.filter(({ state }) => states.includes(state)).map(({ id }) => id);
  if (how === 'resume') {
    const paused = idsOf(['paused']);
    if (paused.length === 0) return 'None of its runs is paused.';
    const [many, them] =
      paused.length === 1
        ? ['1 run is', 'it by its own id']
        : [`${paused.length} runs are`, 'them by their own ids'];
    return `${many} paused: resume ${them}: ${paused.join(', ')}.`;
  }
  const left = idsOf(TABLE[how].from);
  if (left.length > 0) return `Not every run could be moved: ${left.join(', ')}. Repeat the request.`;
  return runs.length === 0 ? 'It has no open run.' : 'Its open runs were moved with it.';
}
