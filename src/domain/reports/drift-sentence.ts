/** How many opt-outs the carrier knew and we did not in so many days, and how many texts could not be taken, for a person. */
export function driftSentence(found: number, days: number, left: number): string {
  const past = days === 1 ? 'in the last day' : `in the last ${days} days`;
  const texts = left === 1 ? '1 text' : `${left} texts`;
  const rest = left === 0 ? '' : ` ${texts} could not be taken; the log says why.`;
  return `${known(found, past)}.${rest}`;
}

function known(found: number, past: string): string {
  if (found === 0) return `No opt-out was unknown to us ${past}`;
  if (found === 1) return `1 opt-out was unknown to us ${past}; it is in force`;
  return `${found} opt-outs were unknown to us ${past}; each is in force`;
}
