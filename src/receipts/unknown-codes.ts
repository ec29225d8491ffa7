import type { AppContext } from '../consent/app-context.ts';
import { DAY_MS } from '../domain/durations.ts';
import { type ClassedCode, ERROR_CODES, NO_CODE } from '../domain/hygiene/error-codes.ts';
import { readClassedCodes, type UnknownCode, unknownCodes } from '../store/senders/error-codes.ts';

/** Failures of this many days are read. */
const UNKNOWN_DAYS = 90;

/** A code that is not in the table, with a person's classification; null while it waits for one. */
type Waiting = UnknownCode & { classed: ClassedCode | null };

/** Codes of the last ninety days that are not in the table: unclassified ones first, then the most frequent. */
export async function readUnknownCodes({
  store,
  now,
}: Pick<AppContext, 'store' | 'now'>): Promise<readonly Waiting[]> {
  const since = new Date(now().getTime() - UNKNOWN_DAYS * DAY_MS);
  const known = ERROR_CODES.map(({ code }) => code);
  const [found, decided] = await Promise.all([unknownCodes(store, since, known), readClassedCodes(store)]);
  const all = found.map((unknownCode) => ({
    ...unknownCode,
    classed: decided.get(unknownCode.code ?? NO_CODE) ?? null,
  }));
  return [...all.filter(({ classed }) => classed === null), ...all.filter(({ classed }) => classed !== null)];
}

/** How many codes wait for a person. */
export async function countUnknownCodes(context: Pick<AppContext, 'store' | 'now'>): Promise<number> {
  return (await readUnknownCodes(context)).filter(({ classed }) => classed === null).length;
}

/** Logs a line for each unclassified code seen on the last day. Called once a day, so one line per code and day. */
export async function logUnknownCodes(context: AppContext): Promise<void> {
  const yesterday = context.now().getTime() - DAY_MS;
  for (const { code, messages, lastAt, example, classed } of await readUnknownCodes(context)) {
    if (classed !== null || lastAt.getTime() < yesterday) continue;
    const fields = { code, messages, delivery: example };
    context.log.warn(fields, 'messages fail with unknown error codes: see GET /error-codes/unknown');
  }
}
