/**
 * What `read` gives, shared by everyone who asks within `freshMs` after it came: whoever asks often costs what is read
 * no more than whoever asks seldom. One read at a time; of one that failed nothing is kept.
 */
export function shareRead<T>(
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
