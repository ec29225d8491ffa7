import type { AppContext } from '../consent/app-context.ts';
import { DAY_MS } from '../domain/durations.ts';
import { type ClassedCode, ERROR_CODES, NO_CODE } from '../domain/hygiene/error-codes.ts';
import { readClassedCodes, type UnknownCode, unknownCodes } from '../store/senders/error-codes.ts';

/** Failures of so many days are looked at. */
const UNKNOWN_DAYS = 90;

/** A code that is not in the table, with what a person said of it; null: it waits for one. */
type Waiting = UnknownCode & { classed: ClassedCode | null };

/** Codes of the last ninety days that are not in the table: those that wait for a person first, then the most frequent. */
export async function readUnknownCodes({
  store,
  now,
}: Pick<AppContext, 'store' | 'now'>): Promise<readonly Waiting[]> {
  const since = new Date(now().getTime() - UNKNOWN_DAYS * DAY_MS);
  const known = ERROR_CODES.map(({ code }) => code);
  const [found, decided] = await Promise.all([unknownCodes(store, since, known), readClassedCodes(store)]);
  const all = found.map((one) => ({ ...one, classed: decided.get(one.code ?? NO_CODE) ?? null }));
  return [...all.filter(({ classed }) => classed === null), ...all.filter(({ classed }) => classed !== null)];
}

/** How many of them wait for a person. */
export async function countUnknownCodes(desk: Pick<AppContext, 'store' | 'now'>): Promise<number> {
  return (await readUnknownCodes(desk)).filter(({ classed }) => classed === null).length;
}

/** A line in the log for each that waits and was met on the last day: asked once a day, it is one a code and day. */
export async function logUnknownCodes(desk: AppContext): Promise<void> {
  const yesterday = desk.now().getTime() - DAY_MS;
  for (const { code, messages, lastAt, example, classed } of await readUnknownCodes(desk)) {
    if (classed !== null || lastAt.getTime() < yesterday) continue;
    const fields = { code, messages, delivery: example };
    desk.log.warn(fields, 'messages fail for a reason that nobody knows: GET /error-codes/unknown');
  }
}
