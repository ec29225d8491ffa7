type Part = { stop: () => Promise<void> };

/** How a process ends that begins things of its own. */
export type Shutdown = {
  /** Nothing more is begun; resolves when what was under way is recorded. */
  halt: () => Promise<void>;
  /** Halts, and lets go of what that needed. */
  stop: () => Promise<void>;
};

/**
 * Stops everything that begins something at once: what takes long to leave off, as a planner does in a count, keeps
 * nobody else beginning. `needed` is ended after it, one by one.
 */
export function createShutdown(
  beginning: readonly Part[],
  needed: readonly (() => Promise<unknown>)[],
): Shutdown {
  let halted: Promise<unknown> | null = null;
  const halt = async (): Promise<void> => {
    halted ??= allOf(beginning.map((part) => part.stop()));
    await halted;
  };
  return {
    halt,
    stop: async () => {
      try {
        await halt();
      } finally {
        for (const end of needed) await end();
      }
    },
  };
}

/** Waits for every one of them; then rejects as the first that did. */
export async function allOf(works: readonly unknown[]): Promise<void> {
  const ended = await Promise.allSettled(works);
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
