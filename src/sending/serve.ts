import type { Sender } from '../domain/program.ts';
import { type Beside, PAUSE_MS } from './beside.ts';
import { createQueue, type QueueTurn } from './dispatch.ts';
import type { DispatchDeps } from './dispatch-deps.ts';
import { createLine } from './pacing/line.ts';
import type { Wake } from './wake.ts';

/** Rounds of one loop under way at once: the next is flagged and decided while the last is let go. */
const ROUNDS = 2;

/** Where answers wait at the carrier for so long, ms, further ones begin beside them, in at most so many rounds. */
const SLOW_MS = 100;
const MOST_ROUNDS = 8;

/** After a turn that failed, ms. */
const FAILED_MS = 1000;

/** Between two looks at which senders there are, ms. */
const SENDERS_MS = 5000;

/** What a dispatcher is given: the line, whom it answers, and what goes on beside, it has of its own. */
export type DispatcherDeps = Omit<DispatchDeps, 'beside' | 'line' | 'answering' | 'wakeAnswers'>;

/**
 * Serves the queues of all senders until it is stopped: of each one loop answers people, and another sends the rest, so that
 * rounds of offers keep no answer waiting. The dispatcher of one worker process.
 */
export function startDispatcher(
  deps: DispatcherDeps,
  senders: () => readonly Sender[],
  wake: Wake,
  pauseMs = PAUSE_MS,
): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const beside = { ...createBeside(deps), stopping: stopping.signal, pauseMs };
  const own = {
    beside,
    line: createLine(deps.carrier.free),
    answering: new Set<string>(),
    wakeAnswers: wake.answers,
  };
  const loops: Promise<void>[] = [];
  const served = new Set<string>();
  const look = (): void => {
    for (const sender of senders()) {
      const { number } = sender;
      if (served.has(number)) continue;
      const current = (): Sender => senders().find((one) => one.number === number) ?? sender;
      for (const serves of ['answers', 'rest'] as const) {
        loops.push(serve({ ...deps, ...own }, { sender: current, serves, wake }, stopping.signal));
      }
      served.add(number);
    }
  };
  look();
  const timer = setInterval(look, SENDERS_MS);
  return {
    /** Resolves when what was flagged has been let go and recorded. */
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await wake.stop();
      await Promise.all(loops);
      await beside.ended();
    },
  };
}

function createBeside(deps: DispatcherDeps): Pick<Beside, 'add'> & { ended: () => Promise<unknown> } {
  const under = new Set<Promise<void>>();
  return {
    add: (work, lost) => {
      const told: Promise<void> = work
        .catch((error: unknown) => deps.onError(error, lost))
        .finally(() => under.delete(told));
      under.add(told);
    },
    ended: () => Promise.all(under),
  };
}

type Loop = { sender: () => Sender; serves: 'answers' | 'rest'; wake: Wake };

async function serve(deps: DispatchDeps, { sender, serves, wake }: Loop, stop: AbortSignal): Promise<void> {
  const queue = createQueue(deps, sender, serves);
  const flying = new Set<Promise<unknown>>();
  while (!stop.aborted) {
    const turn = await queue.turn().catch((error: unknown): QueueTurn => {
      deps.onError(error, 'a round of the dispatcher failed');
      return { kind: 'wait', ms: FAILED_MS };
    });
    if (turn.kind === 'idle') await wake.next(sender().number, serves);
    else if (turn.kind === 'wait') await sleep(turn.ms, stop);
    else {
      // A round that breaks is told, and ends nobody else's: its flags come down by themselves.
      const flight: Promise<unknown> = turn.done
        .catch((error: unknown) => deps.onError(error, 'a round of the dispatcher broke off'))
        .finally(() => flying.delete(flight));
      flying.add(flight);
      if (flying.size >= ROUNDS) await Promise.race([...flying, ...patience(serves, flying.size, stop)]);
    }
  }
  await Promise.all(flying);
}

/** What ends the wait for a round: of offers the end of one alone. */
const patience = (serves: Loop['serves'], rounds: number, stop: AbortSignal): Promise<void>[] =>
  serves === 'answers' && rounds < MOST_ROUNDS ? [sleep(SLOW_MS, stop)] : [];

function sleep(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done, { once: true });
  });
}
