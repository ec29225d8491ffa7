import { type ClassedCode, codeOf, ERROR_CODES, type ErrorClass, NO_CODE } from '../hygiene/error-codes.ts';
import type { DeliveryTally } from './delivery-tally.ts';

const OF_THE_NUMBER: readonly ErrorClass[] = ['gone', 'not-mobile', 'unreachable'];

/**
 * Error codes that are about the recipient's number and not about us, the text or a network: those of the table,
 * and those that people classified so.
 */
export function numberCodes(classed: ReadonlyMap<string, Pick<ClassedCode, 'class'>>): string[] {
  const known = ERROR_CODES.filter((row) => OF_THE_NUMBER.includes(row.class)).map(({ code }) => code);
  const said = [...classed].flatMap(([code, entry]) => (OF_THE_NUMBER.includes(entry.class) ? code : []));
  return [...new Set([...known, ...said])];
}

/** What an error means, and what to do. */
type ErrorAdvice = { class: ErrorClass; sentence: string; todo: string };

/** Codes that are not in the table, as people classified them. */
type Classed = ReadonlyMap<string, Pick<ClassedCode, 'class' | 'note'>>;

/** `code`: the carrier's, or `none`. */
function adviceOn(code: string, classed: Classed): ErrorAdvice {
  const known = codeOf(code);
  if (known !== null) return { class: known.class, sentence: known.sentence, todo: known.todo };
  const said = classed.get(code);
  if (said !== undefined) return saidOf(said);
  return /^\d{4,6}$/.test(code) ? NOT_KNOWN : OURS;
}

const saidOf = ({ class: said, note }: Pick<ClassedCode, 'class' | 'note'>): ErrorAdvice => ({
  class: said,
  sentence: `A person classified the code and noted: “${note}”.`,
  todo: 'The code is treated so. If that is wrong, classify it again: POST /error-codes/{code}/classify.',
});

const NOT_KNOWN: ErrorAdvice = {
  class: 'unknown',
  sentence: 'This code is new: the carrier has not reported it before.',
  todo: "Read its meaning in the carrier's error dictionary, and classify it: POST /error-codes/{code}/classify.",
};
const OURS: ErrorAdvice = {
  class: 'unknown',
  sentence: 'The message ended without an error code of the carrier.',
  todo: 'Check one of the messages: GET /deliveries/{id} shows what happened.',
};

/** Failed messages by the carrier's code; "" for those without one. */
type ByCode = ReadonlyMap<string, DeliveryTally>;

type ErrorLine = ErrorAdvice & {
  code: string;
  count: number;
  /** Share of all sent messages; null when none was sent. */
  share: number | null;
  /** The same in as many days right before. */
  before: { count: number; share: number | null };
  trend: Trend;
};

/** Trend of the share, since more messages make more errors. `few`: too few for a trend. */
type Trend = 'rising' | 'falling' | 'steady' | 'new' | 'few';

const failuresOf = (tally: DeliveryTally | undefined): number =>
  tally === undefined ? 0 : tally.failed + tally.undelivered;

type Failures = { byCode: ByCode; handedOver: number };

/**
 * Most frequent first; codes that disappeared since are at the end, with 0. `classed`: people's classification of
 * codes.
 */
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
/** A share has changed when it is 1.5 times as large, or two thirds. */
const CHANGED = 1.5;

function trendOf(is: Part, was: Part): Trend {
  if (is.count < FEW && was.count < FEW) return 'few';
  if (was.share === null || was.count === 0) return 'new';
  if (is.share === null) return 'few';
  if (is.share > was.share * CHANGED) return 'rising';
  return is.share * CHANGED < was.share ? 'falling' : 'steady';
}
