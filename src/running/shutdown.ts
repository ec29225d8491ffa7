type Part = { stop: () => Promise<void> };

/** How a process with work of its own shuts down. */
export type Shutdown = {
  /** Starts nothing more; resolves when the work under way is recorded. */
  halt: () => Promise<void>;
  /** Halts, and then closes what the work needed. */
  stop: () => Promise<void>;
};

/**
 * Stops all parts of `beginning` at once: a part that takes long to stop, such as a planner during a count, must
 * not keep the others running. Then ends the parts of `needed`, one by one.
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

/** Waits until all have settled; then rejects with the first rejection. */
export async function allOf(works: readonly unknown[]): Promise<void> {
  const ended = await Promise.allSettled(works);
  const failed = ended.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
