import { NO_CODE } from '../hygiene/classed-codes.ts';
import { adviceOn, type Classed, type ErrorAdvice } from './error-advice.ts';
import type { Tally } from './tally.ts';

/** Failed messages by the carrier's code; "" of those without. */
export type ByCode = ReadonlyMap<string, Tally>;

export type ErrorLine = ErrorAdvice & {
  code: string;
  count: number;
  /** Of all that was handed over; null of none. */
  share: number | null;
  /** In as many days right before. */
  before: { count: number; share: number | null };
  trend: Trend;
};

/** Of the shares, since more messages make more errors. `few`: so few that a change says nothing. */
export type Trend = 'rising' | 'falling' | 'steady' | 'new' | 'few';

const failuresOf = (tally: Tally | undefined): number =>
  tally === undefined ? 0 : tally.failed + tally.undelivered;

export type Failures = { byCode: ByCode; handedOver: number };

/** The most frequent first; codes that are gone since are at the end, with 0. `classed`: what people said of codes. */
export function errorLines(now: Failures, before: Failures, classed: Classed, most: number): ErrorLine[] {
  const codes = new Set([...now.byCode.keys(), ...before.byCode.keys()]);
  const lines = [...codes].map((key): ErrorLine => {
    const is = partOf(now, key);
    const was = partOf(before, key);
    const code = key === '' ? NO_CODE : key;
    return { code, ...is, before: was, trend: trendOf(is, was), ...adviceOn(code, classed) };
  });
  const sorted = lines.sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
  return sorted.filter(({ count, before }) => count + before.count > 0).slice(0, most);
}

type Part = { count: number; share: number | null };

function partOf({ byCode, handedOver }: Failures, code: string): Part {
  const count = failuresOf(byCode.get(code));
  return { count, share: handedOver === 0 ? null : count / handedOver };
}

/** Fewer in both periods say nothing. */
const FEW = 10;
/** A share that is half as much again, or two thirds, has changed. */
const CHANGED = 1.5;

function trendOf(is: Part, was: Part): Trend {
  if (is.count < FEW && was.count < FEW) return 'few';
  if (was.share === null || was.count === 0) return 'new';
  if (is.share === null) return 'few';
  if (is.share > was.share * CHANGED) return 'rising';
  return is.share * CHANGED < was.share ? 'falling' : 'steady';
}
