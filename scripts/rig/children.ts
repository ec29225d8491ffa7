import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';

/** The processes of one run. Each is ended by its own id, at the latest when this process ends. */
export type Children = {
  start: (file: string, options: ForkOptions & { args?: string[] }) => ChildProcess;
  /** Signals one child and resolves when it is gone. */
  end: (child: ChildProcess, signal: NodeJS.Signals) => Promise<void>;
  /** Ends all children. None can start after it. */
  endAll: () => Promise<void>;
  ended: () => boolean;
};

export function createChildren(): Children {
  const alive = new Set<ChildProcess>();
  let ended = false;
  const killAll = (): void => {
    for (const child of alive) child.kill('SIGKILL');
  };
  process.once('exit', killAll);
  const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
    if (!alive.has(child)) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  return {
    start: (file, { args = [], ...options }) => {
      if (ended) throw new Error('the run is over');
      const child = fork(file, args, options);
      alive.add(child);
      child.once('exit', () => alive.delete(child));
      return child;
    },
    end,
    ended: () => ended,
    endAll: async () => {
      ended = true;
      await Promise.all([...alive].map((child) => end(child, 'SIGKILL')));
      process.off('exit', killAll);
    },
  };
}

/** Resolves with the next message of a kind that a child sends. Rejects if the child ends first. */
export function messageOf<T extends { kind: string }>(child: ChildProcess, kind: T['kind']): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      child.off('message', listen);
      child.off('exit', gone);
    };
    const listen = (message: unknown): void => {
      if ((message as T).kind !== kind) return;
      stop();
      resolve(message as T);
    };
    const gone = (code: number | null): void => {
      stop();
      reject(new Error(`a process ended with ${code} before it said "${kind}"`));
    };
    child.on('message', listen);
    child.once('exit', gone);
  });
}

/** Resolves when a GET of `url` returns a 2xx, tried every 20 ms. Rejects after `ms`. */
export async function answers(url: string, ms: number): Promise<void> {
  for (const giveUp = performance.now() + ms; ; ) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    if (performance.now() > giveUp) throw new Error(`${url} did not answer within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
