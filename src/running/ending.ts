type Part = { stop: () => Promise<void> };

/** How a process ends that begins things of its own. */
export type Ending = {
  /** Nothing more is begun; resolves when what was under way is recorded. */
  halt: () => Promise<void>;
  /** Halts, and lets go of what that needed. */
  stop: () => Promise<void>;
};

/**
 * Stops everything that begins something at once: what takes long to leave off, as a planner does in a count, keeps
 * nobody else beginning. `needed` is ended after it, one by one.
 */
export function endingOf(beginning: readonly Part[], needed: readonly (() => Promise<unknown>)[]): Ending {
  let halted: Promise<unknown> | null = null;
  const halt = async (): Promise<void> => {
    halted ??= Promise.all(beginning.map((part) => part.stop()));
    await halted;
  };
  return {
    halt,
    stop: async () => {
      await halt();
      for (const end of needed) await end();
    },
  };
}
