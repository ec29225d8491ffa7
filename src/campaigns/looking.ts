export type Looking = { stop: () => Promise<void> };

/** Looks again and again, a rest after each look, at once where it says that there is more. One that fails is made again. */
export function startLooking(
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
