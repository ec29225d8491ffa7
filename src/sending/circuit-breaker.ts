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
  /** How many calls may start. */
  calls: number;
  /**
   * False where the carrier's queue for the sender is full. Only answers and transactional messages may then be sent.
   */
  offers: boolean;
  /**
   * Releases the trial call where no request was sent, or where the carrier rejected the call as one too many. The
   * circuit returns to its state before the trial, and the next caller may try. Without the release, every trial that
   * found no connection would double the pause without asking the carrier. Does nothing after a failure of the
   * sender, or where the call was no trial.
   */
  releaseTrial: () => Promise<void>;
};

/**
 * Decides which senders may send, by the results of their calls. All processes share the state; each caches it
 * briefly.
 */
export type CircuitBreakers = {
  /**
   * How many calls a sender may start: any number, none, or one. One means that a pause has ended and this process
   * makes the trial, so ask only with something to send. Rejects where the state cannot be read; nothing may be sent
   * then.
   */
  allowance: (sender: string) => Promise<Allowance>;
  /** Takes a signal from the carrier client. */
  note: (sender: string, news: SenderSignal) => void;
  /** Resolves when all signals so far are written. */
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
      // Written one after the other: calls that fail together would only conflict with each other.
      const after = (writing.get(sender) ?? Promise.resolve())
        .then(() => write(deps, memory, sender, news))
        .catch((error: unknown) => {
          memory.forget(sender);
          deps.log.warn({ sender, error }, "the state of a sender's circuit breaker could not be written");
        });
      writing.set(sender, after);
    },
    drain: async () => {
      await Promise.all(writing.values());
    },
  };
}

/** How long the state of a sender is cached, ms. */
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

/** The circuit before the trial, and the circuit that the trial wrote. */
type Trial = { from: Circuit; failed: Circuit };

/** The last trial of each sender, until its call fails. */
type Trials = Map<string, Trial>;

const NONE: Allowance = { calls: 0, offers: false, releaseTrial: async () => undefined };

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
      // The trial counts as failed until it succeeds, so other processes see the next pause meanwhile.
      const failed = afterFailure(circuit, deps.now(), draw(deps));
      const won = await updateCircuitBreaker(deps.store, sender, circuit, failed);
      memory.forget(sender);
      if (!won) return NONE;
      const trial = { from: circuit, failed };
      trials.set(sender, trial);
      return { calls: 1, offers, releaseTrial: () => releaseTrial(deps, memory, trials, sender, trial) };
    }
  }
}

/** The trial stays used where a signal moved the circuit meanwhile, or where the write fails. */
async function releaseTrial(
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
    deps.log.warn({ sender, error }, 'an unused trial call of the circuit breaker could not be released');
  }
  memory.forget(sender);
}

async function write(deps: CircuitDeps, memory: Memory, sender: string, news: SenderSignal): Promise<void> {
  switch (news.is) {
    case 'failed':
      return move(deps, memory, sender, (circuit) => afterFailure(circuit, deps.now(), draw(deps)));
    case 'sound':
      return move(deps, memory, sender, (circuit) => (circuit.failures === 0 ? circuit : SOUND));
    case 'full':
      return offersPause(deps, memory, sender);
    case 'stopped':
      return stop(deps, sender, news.stop).finally(() => memory.forget(sender));
  }
}

/** Calls that were under way when the pause began bring no new information. */
async function offersPause(deps: CircuitDeps, memory: Memory, sender: string): Promise<void> {
  const { offersFrom } = await memory.look(sender);
  if (offersWait(offersFrom, deps.now())) return;
  const until = new Date(deps.now().getTime() + QUEUE_FULL_MS);
  await pauseMarketing(deps.store, sender, until);
  memory.forget(sender);
  deps.log.warn({ sender, until }, "the carrier's queue is full, so marketing waits");
}

/** A move that lost to other processes this many times is dropped: they have moved the circuit. */
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
    if (until !== null) deps.log.warn({ sender, until }, 'the carrier fails, so sending is paused');
    else if (circuit.pausedUntil !== null)
      deps.log.warn({ sender }, 'the carrier answers again, so sending continues');
    return;
  }
}

const draw = ({ random = Math.random }: CircuitDeps): number => random();

type StopDeps = {
  store: Store;
  now: () => Date;
  log: { error: (fields: Record<string, unknown>, line: string) => void };
  /** Called once per stop, with its code. */
  onStop?: (code: string) => void;
};

/**
 * Stops a sender until a person resumes it, and logs the stop once. Rejects where the database did not take the
 * write.
 */
export async function stop(deps: StopDeps, sender: string, stopping: Stopping): Promise<void> {
  const { store, now, log, onStop } = deps;
  if (!(await stopSender(store, sender, stopping, now()))) return;
  log.error({ sender, code: stopping.code }, `sending is stopped: ${stopping.why}`);
  onStop?.(stopping.code);
}

/** `stopped`: why nothing is sent from the number of a waiting delivery now, and what to do. */
export type WithStop = DeliveryDoc & { stopped?: string };

export async function withSenderStop(store: Store, row: DeliveryDoc): Promise<WithStop> {
  if (row.state !== 'planned') return row;
  const { stopped } = await readSenderHealth(store, row.sender);
  return stopped === null ? row : { ...row, stopped: stopped.why };
}
