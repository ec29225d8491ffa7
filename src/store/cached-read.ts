/**
 * What `read` gives, shared by everyone who asks within `freshMs` after it came: whoever asks often costs what is read
 * no more than whoever asks seldom. One read at a time; of one that failed nothing is kept.
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
 * What `read` gave last, at once; null before it gave anything. Where that is older than `freshMs`, a read begins that
 * nobody waits for: one at a time, and none sooner than `freshMs` after the last ended, however it ended.
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
