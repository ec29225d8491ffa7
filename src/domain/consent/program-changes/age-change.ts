/**
 * Why a program that people are in cannot ask for this age from now on; null where it can. The gate is asked at YES alone:
 * whoever is in it gets the texts of a higher age unasked, and an age that was dropped could never be put back.
 */
export function ageFault(before: number | null, after: number | null): string | null {
  if (after === null) {
    if (before === null) return null;
    return `People are in the program, which asks whether they are ${before} or over. Without an age nobody else would be asked, and it could not be put back. Say ${before}, or save it as another program.`;
  }
  if (before !== null && before >= after) return null;
  return `People are in the program who may never have stated that they are ${after} or over. Save it as another program, which they can join.`;
}
