/** A request that succeeds. Tests of bad input change one value of it. */
export type GoodRequest = {
  path: string;
  query?: string;
  body?: Record<string, unknown>;
  headers?: Record<string, string>;
  /** A body that is not JSON, and its type. */
  raw?: string;
  type?: string;
};
