import type { Pool } from 'undici';
import type { CarrierLedgerEntry } from '../../../../src/simulator/ledger.ts';

/** A line of the carrier's ledger. Its nanoseconds come as decimal strings. */
export type LedgerLine = Omit<CarrierLedgerEntry, 'begunAt' | 'answeredAt' | 'headersAt' | 'leftAt'> & {
  begunAt: string;
  answeredAt: string | null;
  headersAt: string | null;
  leftAt: string | null;
};

/** Receipts that may report a STOP or a failed message. */
const TELLS = /"errorCode":(21610|30004)\b|"messageStatus":"(failed|undelivered)"/;

/** Final states, and an acknowledgement with a 2xx. */
const LAST = /"messageStatus":"(delivered|read|canceled)"/;
const TAKEN = /"httpStatus":2\d\d\b/;

/** Whether a line is kept: every line but receipts, receipts of a STOP or a failure, and acknowledged final states. */
const isKept = (line: string): boolean =>
  !line.includes('"kind":"status"') || TELLS.test(line) || (LAST.test(line) && TAKEN.test(line));

/** Reads the ledger after a line, without other receipts, and makes the carrier forget it. */
export async function takeLedger(
  carrier: Pool,
  after: number,
): Promise<{ lines: LedgerLine[]; last: number; receipts: number }> {
  const lines: LedgerLine[] = [];
  let last = after;
  let receipts = 0;
  const from = after < 0 ? '' : `?after=${after}`;
  const response = await carrier.request({ method: 'GET', path: `/sim/ledger${from}` });
  if (response.statusCode !== 200) throw new Error(`the carrier's ledger answered ${response.statusCode}`);
  let rest = '';
  response.body.setEncoding('utf8');
  for await (const chunk of response.body) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      last += 1;
      if (isKept(part)) lines.push(JSON.parse(part) as LedgerLine);
      else receipts += 1;
    }
  }
  await carrier.request({ method: 'DELETE', path: `/sim/ledger?before=${last + 1}` });
  return { lines, last, receipts };
}

const NAMES_A_DELIVERY = /[?&]d=([\w-]+)\.(\d+)/;

/** The delivery and the attempt in a callback's address. */
export function namedIn(url: string | null): { delivery: string | null; epoch: number } {
  const [, delivery = null, epoch = '0'] = NAMES_A_DELIVERY.exec(url ?? '') ?? [];
  return { delivery, epoch: Number(epoch) };
}

/** Messages that failed or were not delivered by any receipt, arrived or not. */
export const sidsOfFailed = (lines: readonly LedgerLine[]): ReadonlySet<string> =>
  new Set(
    lines.flatMap(({ kind, sid, messageStatus }) => {
      const failed = messageStatus === 'failed' || messageStatus === 'undelivered';
      return kind === 'status' && sid !== null && failed ? [sid] : [];
    }),
  );

/** All webhook tries of inbound texts, by MessageSid. */
export function postsOf(lines: readonly LedgerLine[]): Map<string, LedgerLine[]> {
  const posts = new Map<string, LedgerLine[]>();
  for (const line of lines) {
    if (line.kind !== 'inbound' || line.sid === null) continue;
    const known = posts.get(line.sid);
    if (known === undefined) posts.set(line.sid, [line]);
    else known.push(line);
  }
  return posts;
}

/** When each 2xx answer to a text arrived, in order. */
export function answersTo(posts: ReadonlyMap<string, LedgerLine[]>, sid: string): bigint[] {
  const times = (posts.get(sid) ?? []).flatMap(({ httpStatus, answeredAt }) =>
    httpStatus === 200 && answeredAt !== null ? [BigInt(answeredAt)] : [],
  );
  return times.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
