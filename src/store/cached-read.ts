/**
 * Shares the result of `read` with every caller for `freshMs` after the result came, so that frequent callers cause
 * no more reads than rare ones. At most one read runs at a time. A failed read is not cached.
 */
export function cachedRead<T>(
  read: () => Promise<T>,
  freshMs: number,
  monotonic: () => number,
): () => Promise<T> {
  let last: Promise<T> | null = null;
  let freshUntil = 0;
  return () => {
    if (last !== null && monotonic() < freshUntil) return last;
    last = read();
    freshUntil = Number.POSITIVE_INFINITY;
    last.then(
      () => {
        freshUntil = monotonic() + freshMs;
      },
      () => {
        last = null;
      },
    );
    return last;
  };
}

/**
 * Returns the last result at once, or null before the first. When the result is older than `freshMs`, starts a new
 * read in the background: one at a time, and none sooner than `freshMs` after the last one ended, successfully or
 * not.
 */
export function staleWhileRevalidate<T>(
  read: () => Promise<T>,
  freshMs: number,
  monotonic: () => number,
): () => Promise<T | null> {
  let last: T | null = null;
  let nextAt = Number.NEGATIVE_INFINITY;
  const readAnew = async (): Promise<void> => {
    nextAt = Number.POSITIVE_INFINITY;
    last = await read().catch(() => last);
    nextAt = monotonic() + freshMs;
  };
  return async () => {
    if (monotonic() >= nextAt) void readAnew();
    return last;
  };
}
