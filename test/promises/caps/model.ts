/**
 * A model of how places under a cap are reserved. Its rows go to one person, at either of their numbers. Its
 * dispatchers claim, read and hand over rows, crash, and are turned away by the carrier. Mirrors `claimBatch` in
 * src/sending/claim-batch.ts, `readCaps` in src/sending/frequency-caps.ts and `readCapUsage` in
 * src/store/deliveries/cap-usage.ts. A claim is a majority write, so it is one step. A read is one step for each row,
 * since a scan returns one row after the other while other rows change.
 */

/** The safeguards of the protocol, taken away one by one. The model must find a broken cap without each of them. */
export const CAPS_FLAWS = {
  'caps-before-flag': 'what caps count is read before the flag is up',
  'flags-not-counted': 'a row that is being sent does not count',
  'lower-goes-at-once': 'of two rivals the lower id goes without coming back',
  'unknown-not-counted': 'a row whose process died does not count',
  'flags-settle': 'a row that is being sent counts like one that left, for the whole window',
  'index-by-state': 'what left is scanned before what is being sent',
  'own-number': 'of a person with two numbers only what goes to the same number is read',
} as const;
export type CapsFlaw = keyof typeof CAPS_FLAWS;

export type CapsRow = 'planned' | 'sending' | 'accepted' | 'unknown' | 'capped';
type Step = 'idle' | 'read' | 'decided' | 'record';
/** `scan` counts the rows read so far. Of these, `settled` count for the window and `rivals` may be leaving. */
type Process = {
  step: Step;
  row: number;
  scan: number;
  settled: number;
  rivals: number[];
  went: boolean;
};
export type CapsState = {
  rows: CapsRow[];
  processes: Process[];
  /** The number of messages that the carrier has. */
  left: number;
  crashes: number;
  turnedAway: number;
  broken: string | null;
};
export type CapsWorld = { rows: number; dispatchers: number; places: number; flaw: CapsFlaw | null };

const IDLE: Process = { step: 'idle', row: -1, scan: 0, settled: 0, rivals: [], went: false };

export const startOf = ({ rows, dispatchers }: CapsWorld): CapsState => ({
  rows: Array.from({ length: rows }, () => 'planned' as const),
  processes: Array.from({ length: dispatchers }, () => IDLE),
  left: 0,
  crashes: 1,
  turnedAway: 1,
  broken: null,
});

const withRow = (state: CapsState, at: number, row: CapsRow): CapsState => ({
  ...state,
  rows: state.rows.map((old, n) => (n === at ? row : old)),
});
const withProcess = (state: CapsState, at: number, over: Partial<Process>): CapsState => ({
  ...state,
  processes: state.processes.map((process, n) => (n === at ? { ...process, ...over } : process)),
});

export const movesFrom = (world: CapsWorld, state: CapsState): CapsState[] => [
  ...state.processes.flatMap((_, me) => [...stepsOf(world, state, me), ...crashOf(state, me)]),
  ...swept(state),
];

function stepsOf(world: CapsWorld, state: CapsState, me: number): CapsState[] {
  const mine = state.processes[me] ?? IDLE;
  switch (mine.step) {
    case 'idle':
      return state.rows.flatMap((row, at) => {
        if (row !== 'planned') return [];
        const flagged = world.flaw === 'caps-before-flag' ? state : withRow(state, at, 'sending');
        return [withProcess(flagged, me, { ...IDLE, step: 'read', row: at })];
      });
    case 'read':
      return [look(world, state, me)];
    case 'decided':
      return decide(world, state, me);
    case 'record':
      return [withProcess(recorded(state, mine), me, IDLE)];
    default:
      return mine.step satisfies never;
  }
}

/**
 * Reads one row. With the flaw `index-by-state` the scan passes twice: first over rows that left, then over rows that
 * are leaving.
 */
function look({ rows, flaw }: CapsWorld, state: CapsState, me: number): CapsState {
  const { row: own, scan, settled, rivals } = state.processes[me] ?? IDLE;
  const passes = flaw === 'index-by-state' ? 2 : 1;
  const at = scan % rows;
  // Every second row goes to the person's second number.
  const unseen = at === own || (flaw === 'own-number' && at % 2 !== own % 2);
  const row = unseen ? 'planned' : (state.rows[at] ?? 'planned');
  const shows = (shown: CapsRow): boolean =>
    row === shown && (passes === 1 || (shown === 'sending') === scan >= rows);
  const counts =
    shows('accepted') ||
    (shows('unknown') && flaw !== 'unknown-not-counted') ||
    (shows('sending') && flaw === 'flags-settle');
  const rival = shows('sending') && flaw !== 'flags-not-counted' && flaw !== 'flags-settle';
  return withProcess(state, me, {
    scan: scan + 1,
    settled: settled + (counts ? 1 : 0),
    rivals: rival ? [...rivals, at] : rivals,
    step: scan + 1 === rows * passes ? 'decided' : 'read',
  });
}

function decide(world: CapsWorld, state: CapsState, me: number): CapsState[] {
  const { row: own, settled, rivals } = state.processes[me] ?? IDLE;
  const late = world.flaw === 'caps-before-flag';
  if (late && state.rows[own] !== 'planned') return [withProcess(state, me, IDLE)];
  const flagged = late ? withRow(state, own, 'sending') : state;
  if (settled >= world.places) return [withProcess(capped(world, flagged, own), me, IDLE)];
  const first = world.flaw === 'lower-goes-at-once' && rivals.every((rival) => own < rival);
  // Both rivals come back. Their order decides only how soon one of them leaves.
  if (settled + rivals.length >= world.places && !first) {
    return [withProcess(withRow(flagged, own, 'planned'), me, IDLE)];
  }
  return handOver(world, flagged, me);
}

/** A row that waits for a whole window must wait for messages that left or whose outcome is unknown. */
function capped(world: CapsWorld, state: CapsState, own: number): CapsState {
  const next = withRow(state, own, 'capped');
  const real = state.rows.filter((row) => row === 'accepted' || row === 'unknown').length;
  const broken =
    real < world.places ? 'a person waits a whole window for a place that is free' : state.broken;
  return { ...next, broken };
}

function handOver({ places }: CapsWorld, state: CapsState, me: number): CapsState[] {
  const left = state.left + 1;
  const broken = left > places ? 'more messages left than the cap allows' : state.broken;
  const gone = withProcess({ ...state, left, broken }, me, { step: 'record', went: true });
  if (state.turnedAway === 0) return [gone];
  const refused = { ...state, turnedAway: state.turnedAway - 1 };
  return [gone, withProcess(refused, me, { step: 'record', went: false })];
}

const recorded = (state: CapsState, { row, went }: Process): CapsState =>
  state.rows[row] === 'sending' ? withRow(state, row, went ? 'accepted' : 'planned') : state;

function crashOf(state: CapsState, me: number): CapsState[] {
  if (state.crashes === 0 || state.processes[me]?.step === 'idle') return [];
  return [withProcess({ ...state, crashes: state.crashes - 1 }, me, IDLE)];
}

/**
 * Rows whose claim nobody holds any more become unknown: the lease has ended, and with it the deadline of its holder.
 */
const swept = (state: CapsState): CapsState[] =>
  state.rows.flatMap((row, at) => {
    const held = state.processes.some((process) => process.step !== 'idle' && process.row === at);
    return row === 'sending' && !held ? [withRow(state, at, 'unknown')] : [];
  });
