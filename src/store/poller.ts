export type Looking = { stop: () => Promise<void> };

/** Looks again and again, a rest after each look, at once where it says that there is more. One that fails is made again. */
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

/** One of several who look by the same beat. */
export type Looker = {
  look: (mayGoOn: () => boolean) => Promise<boolean>;
  onError: (error: unknown) => void;
};

/**
 * Asks again and again, a rest after each answer, whether anybody may have work, and if so has all of them look who do not yet.
 * Nobody waits for another's look. While there is work nobody waits for that answer either. Where it fails all look, and tell.
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
    for (const one of all) one.begin();
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
  return { stop: async () => void (await Promise.all([beating, ...all].map((one) => one.stop()))) };
}

/** Looks of one, never two at a time: from when it is begun until one says that there is no more. */
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
