import {
  afterFailure,
  allowanceOf,
  type Circuit,
  offersWait,
  QUEUE_FULL_MS,
  SOUND,
} from '../domain/sending/circuit-state.ts';
import type { DeliveryDoc } from '../store/deliveries/delivery.ts';
import {
  pauseMarketing,
  readSenderHealth,
  type SenderTrouble,
  type Stopping,
  stopSender,
  updateCircuitBreaker,
} from '../store/senders/sender-state.ts';
import type { Store } from '../store/store.ts';
import type { Monotonic } from './gate.ts';
import type { SenderSignal } from './twilio/client.ts';

type CircuitDeps = StopDeps & {
  monotonic: Monotonic;
  /** In [0, 1). */
  random?: () => number;
  log: { warn: (fields: Record<string, unknown>, line: string) => void };
};

export type Allowance = {
  /** How many calls may begin. */
  calls: number;
  /** False where they may be of answers and orders alone: the carrier's queue for the sender is full. */
  offers: boolean;
  /**
   * No call began of the one that was allowed as a trial, or the carrier turned it away as one too many: the sender
   * stands where it stood before, and whoever asks next may try. Otherwise every trial that found no connection would
   * double the pause of a carrier that nobody asked. Does nothing once the sender failed, and where none was a trial.
   */
  untried: () => Promise<void>;
};

/** Which senders may send, by what their calls have shown. All processes share it; each remembers it for a moment. */
export type CircuitBreakers = {
  /**
   * How many calls may begin from a sender: any number; one, where a pause has ended and this process is the one to
   * try, so ask only with something to send; or none. Rejects where the state cannot be read: then nothing may leave.
   */
  allowance: (sender: string) => Promise<Allowance>;
  /** Takes the carrier client's news. */
  note: (sender: string, news: SenderSignal) => void;
  /** Resolves when all news so far is written. */
  drain: () => Promise<void>;
};

export function createCircuitBreakers(deps: CircuitDeps): CircuitBreakers {
  const memory = createMemory(deps);
  const trials: Trials = new Map();
  const writing = new Map<string, Promise<void>>();
  return {
    allowance: (sender) => allowance(deps, memory, trials, sender),
    note: (sender, news) => {
      if (news.is === 'failed') trials.delete(sender);
      if (news.is === 'sound' && memory.isSound(sender)) return;
      // One after the other: calls that fail together would only lose to each other.
      const after = (writing.get(sender) ?? Promise.resolve())
        .then(() => write(deps, memory, sender, news))
        .catch((error: unknown) => {
          memory.forget(sender);
          deps.log.warn({ sender, error }, 'news of a sender could not be written');
        });
      writing.set(sender, after);
    },
    drain: async () => {
      await Promise.all(writing.values());
    },
  };
}

/** How long what was read of a sender is believed, ms. */
const BELIEVED_MS = 500;

type Memory = {
  look: (sender: string) => Promise<SenderTrouble>;
  isSound: (sender: string) => boolean;
  forget: (sender: string) => void;
};

function createMemory({ store, monotonic }: CircuitDeps): Memory {
  const believed = new Map<string, { trouble: SenderTrouble; until: number }>();
  const recall = (sender: string): SenderTrouble | null => {
    const known = believed.get(sender);
    return known === undefined || monotonic() >= known.until ? null : known.trouble;
  };
  return {
    look: async (sender) => {
      const known = recall(sender);
      if (known !== null) return known;
      const trouble = await readSenderHealth(store, sender);
      believed.set(sender, { trouble, until: monotonic() + BELIEVED_MS });
      return trouble;
    },
    isSound: (sender) => recall(sender)?.circuit.failures === 0,
    forget: (sender) => void believed.delete(sender),
  };
}

/** From where it moved the circuit, and where to. */
type Trial = { from: Circuit; failed: Circuit };

/** The last trial of each sender, as long as its call has not failed. */
type Trials = Map<string, Trial>;

const NONE: Allowance = { calls: 0, offers: false, untried: async () => undefined };

async function allowance(
  deps: CircuitDeps,
  memory: Memory,
  trials: Trials,
  sender: string,
): Promise<Allowance> {
  const { circuit, stopped, offersFrom } = await memory.look(sender);
  if (stopped !== null) return NONE;
  const offers = !offersWait(offersFrom, deps.now());
  switch (allowanceOf(circuit, deps.now())) {
    case 'all':
      return { ...NONE, calls: Number.POSITIVE_INFINITY, offers };
    case 'none':
      return NONE;
    case 'one': {
      // Taken for failed until it succeeds: whoever asks meanwhile finds the next pause.
      const failed = afterFailure(circuit, deps.now(), draw(deps));
      const won = await updateCircuitBreaker(deps.store, sender, circuit, failed);
      memory.forget(sender);
      if (!won) return NONE;
      const trial = { from: circuit, failed };
      trials.set(sender, trial);
      return { calls: 1, offers, untried: () => giveBack(deps, memory, trials, sender, trial) };
    }
  }
}

/** Where news moved the circuit meanwhile, or it cannot be written, the trial stays spent. */
async function giveBack(
  deps: CircuitDeps,
  memory: Memory,
  trials: Trials,
  sender: string,
  trial: Trial,
): Promise<void> {
  if (trials.get(sender) !== trial) return;
  trials.delete(sender);
  try {
    await updateCircuitBreaker(deps.store, sender, trial.failed, trial.from);
  } catch (error) {
    deps.log.warn({ sender, error }, 'a trial that did not take place could not be given back');
  }
  memory.forget(sender);
}

async function write(deps: CircuitDeps, memory: Memory, sender: string, news: SenderSignal): Promise<void> {
  switch (news.is) {
    case 'failed':
      return move(deps, memory, sender, (one) => afterFailure(one, deps.now(), draw(deps)));
    case 'sound':
      return move(deps, memory, sender, (one) => (one.failures === 0 ? one : SOUND));
    case 'full':
      return offersPause(deps, memory, sender);
    case 'stopped':
      return stop(deps, sender, news.stop).finally(() => memory.forget(sender));
  }
}

/** Calls that were under way as the pause began say nothing new. */
async function offersPause(deps: CircuitDeps, memory: Memory, sender: string): Promise<void> {
  const { offersFrom } = await memory.look(sender);
  if (offersWait(offersFrom, deps.now())) return;
  const until = new Date(deps.now().getTime() + QUEUE_FULL_MS);
  await pauseMarketing(deps.store, sender, until);
  memory.forget(sender);
  deps.log.warn({ sender, until }, "the carrier's queue is full: offers wait");
}

/** A move that lost to other processes so often is left to them. */
const TRIES = 5;

async function move(
  deps: CircuitDeps,
  memory: Memory,
  sender: string,
  next: (circuit: Circuit) => Circuit,
): Promise<void> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const { circuit } = await memory.look(sender);
    const moved = next(circuit);
    if (moved === circuit) return;
    const won = await updateCircuitBreaker(deps.store, sender, circuit, moved);
    memory.forget(sender);
    if (!won) continue;
    const until = moved.pausedUntil;
    if (until !== null) deps.log.warn({ sender, until }, 'the carrier fails: sending pauses');
    else if (circuit.pausedUntil !== null) deps.log.warn({ sender }, 'the carrier answers: sending goes on');
    return;
  }
}

const draw = ({ random = Math.random }: CircuitDeps): number => random();

type StopDeps = {
  store: Store;
  now: () => Date;
  log: { error: (fields: Record<string, unknown>, line: string) => void };
  /** Told once of each stop, by its code. */
  onStop?: (code: string) => void;
};

/** Stops a sender until a person resumes it, and says so once. Rejects where the database did not take it. */
export async function stop(deps: StopDeps, sender: string, stopping: Stopping): Promise<void> {
  const { store, now, log, onStop } = deps;
  if (!(await stopSender(store, sender, stopping, now()))) return;
  log.error({ sender, code: stopping.code }, `sending is stopped: ${stopping.why}`);
  onStop?.(stopping.code);
}

/** `stopped`: of one that waits, why nothing leaves from its number now, and what to do. */
export type WithStop = DeliveryDoc & { stopped?: string };

export async function withSenderStop(store: Store, row: DeliveryDoc): Promise<WithStop> {
  if (row.state !== 'planned') return row;
  const { stopped } = await readSenderHealth(store, row.sender);
  return stopped === null ? row : { ...row, stopped: stopped.why };
}
