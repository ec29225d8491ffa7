import { PROGRAMS } from '../../scripts/seed/programs.ts';
import { PAUSE_MS } from '../../src/sending/background-retry.ts';
import type { DispatchDeps } from '../../src/sending/claim-batch.ts';
import { createConnectionQueue } from '../../src/sending/connection-queue.ts';
import type { Cleared, HandOver, Transport } from '../../src/sending/gate.ts';
import { createOutcomeRecorder } from '../../src/sending/outcome-recorder.ts';
import type { Store } from '../../src/store/store.ts';
import type { TestPeople } from '../support/people.ts';
import { allowed, unpaced } from '../support/unpaced.ts';

/** The outcome of a message that the carrier accepted at one moment. */
export const taken = ({ ref }: Cleared, at = new Date()): HandOver => ({
  ...ref,
  ...{ result: 'accepted', carrierSid: `SM${ref.delivery}`, begunAt: at, at },
});

/** A transport that accepts everything and does not check deadlines. */
export const takesAll: Transport = async (cleared) => cleared.map((clearedMessage) => taken(clearedMessage));

/** A carrier with free connections. */
export const carrierOf = (transport: Transport, free = (): number => 20): DispatchDeps['carrier'] => ({
  transport,
  free,
  held: () => false,
});

/** The dependencies of a dispatcher: by default the seed's programs and no rate limit. Every error fails the test. */
export function dispatchDeps(
  store: Store,
  people: Pick<TestPeople, 'ring' | 'indexOf'>,
  over: Partial<DispatchDeps> = {},
): DispatchDeps {
  const { carrier = carrierOf(takesAll), onError = thrown } = over;
  return {
    store,
    ...people,
    program: (id) => PROGRAMS.find((program) => program.id === id) ?? null,
    promised: () => ({ frequencies: [], topics: [] }),
    sender: () => null,
    outcomeRecorder: createOutcomeRecorder(store),
    now: () => new Date(),
    monotonic: () => performance.now(),
    clockError: () => 0,
    carrier,
    connectionQueue: createConnectionQueue(carrier.free),
    answering: new Set(),
    wakeAnswers: () => undefined,
    atLeast: async () => undefined,
    beside: {
      add: (work, lost) => void work.catch((error: unknown) => onError(error, lost)),
      stopping: new AbortController().signal,
      pauseMs: PAUSE_MS,
    },
    pace: unpaced,
    closed: () => new Set<never>(),
    closedKnown: () => null,
    allowance: () => allowed(),
    onRefused: (_row, _code, record) => record(),
    onOutcome: () => undefined,
    onError,
    ...over,
  };
}

const thrown = (error: unknown): never => {
  throw error;
};
