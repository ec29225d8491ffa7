import type { End } from './evidence.ts';
import { type LedgerLine, namedIn } from './ledger-lines.ts';

/** Source: Twilio Docs, "Outbound Message Status in Status Callbacks". */
const END_OF: Partial<Record<string, End['state']>> = {
  failed: 'failed',
  canceled: 'failed',
  undelivered: 'undelivered',
  delivered: 'delivered',
  read: 'delivered',
};

/** Ends of which the gateway said with a 2xx that it had them, one for each receipt. */
export const acknowledgedEnds = (lines: readonly LedgerLine[]): End[] =>
  lines.flatMap(({ kind, sid, url, messageStatus, errorCode, outcome, httpStatus }) => {
    const state = END_OF[messageStatus ?? ''];
    const { delivery } = namedIn(url);
    if (kind !== 'status' || sid === null || delivery === null || state === undefined) return [];
    const taken = outcome === 'answered' && httpStatus !== null && httpStatus >= 200 && httpStatus < 300;
    return taken ? [{ delivery, sid, state, error: errorCode === null ? null : String(errorCode) }] : [];
  });
