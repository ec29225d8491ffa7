/** Most of these moments, in ms and any order, in a half-open second wherever it begins. */
export function mostInSecond(moments: readonly number[]): number {
  const sorted = Float64Array.from(moments).sort();
  let most = 0;
  let end = 0;
  for (const [first, moment] of sorted.entries()) {
    while (end < sorted.length && (sorted[end] as number) < moment + 1000) end += 1;
    most = Math.max(most, end - first);
  }
  return most;
}

/** How many a second from the first to the last; NaN for fewer than two. */
export function meanPerSecond(moments: readonly number[]): number {
  const sorted = Float64Array.from(moments).sort();
  return (sorted.length - 1) / (((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)) / 1000);
}
