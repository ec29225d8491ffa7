/** What stands in the text of one delivery for what its template only names. */
export type Issued = {
  /** The short link of the n-th link of the text, from 0, which leads to `target`; null where none may stand. */
  link: (n: number, target: string) => string | null;
  /** Coupon codes by pool. */
  coupons: ReadonlyMap<string, string>;
};

/** For texts that name neither: one that does has a hole. */
export const NOTHING_ISSUED: Issued = { link: () => null, coupons: new Map() };
