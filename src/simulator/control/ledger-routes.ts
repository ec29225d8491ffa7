import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Carrier } from '../carrier.ts';
import type { Call, Route } from '../http-call.ts';
import { sendEmpty } from '../http-call.ts';
import type { LedgerEntry } from '../ledger.ts';
import { dropBefore, entriesAfter, ledgerLine } from '../ledger.ts';
import { check } from './body.ts';

const seq = z.coerce.number().int().min(0);
const shown = z.strictObject({ after: seq.optional() });
const dropped = z.strictObject({ before: seq });

const LINES_A_CHUNK = 500;

/**
 * GET /sim/ledger?after=seq: the entries after that one, all after 0 or without it; DELETE /sim/ledger?before=seq:
 * forgets those before it, so that a long run can be read and trimmed as it goes.
 */
export function ledgerRoutes(carrier: Carrier): Route[] {
  return [
    { method: 'GET', path: /^\/sim\/ledger$/, run: (call) => showLedger(carrier, call) },
    { method: 'DELETE', path: /^\/sim\/ledger$/, run: (call) => trimLedger(carrier, call) },
  ];
}

async function showLedger(carrier: Carrier, call: Call): Promise<void> {
  const { after = 0 } = check(Object.fromEntries(call.query), shown);
  const entries = entriesAfter(carrier.ledger, after);
  call.response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
  await pipeline(Readable.from(chunksOf(entries)), call.response);
}

function* chunksOf(entries: readonly LedgerEntry[]): Generator<string> {
  for (let start = 0; start < entries.length; start += LINES_A_CHUNK) {
    yield entries
      .slice(start, start + LINES_A_CHUNK)
      .map(ledgerLine)
      .join('');
  }
}

function trimLedger(carrier: Carrier, call: Call): void {
  const { before } = check(Object.fromEntries(call.query), dropped);
  dropBefore(carrier.ledger, before);
  sendEmpty(call, 204);
}
