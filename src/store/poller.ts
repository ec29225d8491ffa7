export type Looking = { stop: () => Promise<void> };

/**
 * Polls `look` until stopped. Waits `restMs` between runs, or not at all when `look` returns true (more is due).
 * After an error, polls again.
 */
export function startPoller(
  look: (mayGoOn: () => boolean) => Promise<boolean>,
  { restMs, onError }: { restMs: number; onError: (error: unknown) => void },
): Looking {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const next = (): void => {
    running = look(() => !stopped)
      .catch((error: unknown) => {
        onError(error);
        return false;
      })
      .then((more) => {
        if (!stopped) timer = setTimeout(next, more ? 0 : restMs);
      });
  };
  next();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** One of several workers that share one poll. */
export type Looker = {
  look: (mayGoOn: () => boolean) => Promise<boolean>;
  onError: (error: unknown) => void;
};

/**
 * Polls `mayHaveWork` every `restMs`. While it returns true, starts every idle looker. No looker waits for another
 * one. While there is work, no looker waits for the answer of `mayHaveWork` either. When `mayHaveWork` fails, every
 * looker starts, and each reports the error itself.
 */
export function startPollers(
  mayHaveWork: () => Promise<boolean>,
  lookers: readonly Looker[],
  restMs: number,
): Looking {
  const all = lookers.map(createTurns);
  let busy = false;
  let asking: Promise<void> | null = null;
  const begin = (): void => {
    for (const looker of all) looker.begin();
  };
  const ask = async (): Promise<void> => {
    const was = busy;
    busy = await mayHaveWork().catch(() => true);
    if (busy && !was) begin();
    asking = null;
  };
  const beat = async (): Promise<boolean> => {
    if (busy) begin();
    asking ??= ask();
    if (!busy) await asking;
    return false;
  };
  const beating = startPoller(beat, { restMs, onError: () => undefined });
  return { stop: async () => void (await Promise.all([beating, ...all].map((looking) => looking.stop()))) };
}

/** Runs `look` again and again from `begin` until it returns false or throws. Two runs never overlap. */
function createTurns({ look, onError }: Looker): Looking & { begin: () => void } {
  let stopped = false;
  let running: Promise<void> | null = null;
  const take = async (): Promise<void> => {
    try {
      while (!stopped && (await look(() => !stopped)));
    } catch (error) {
      onError(error);
    }
  };
  return {
    begin: () => {
      running ??= take().finally(() => {
        running = null;
      });
    },
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}
