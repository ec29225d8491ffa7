import fc from 'fast-check';
import { type Posted, type Receipt, receiptOf } from '../../src/domain/receipt-order.ts';
import { type FoldedRow, foldReceipt, markDouble } from './receipt-rule.ts';

/**
 * What our own processes record about the newest attempt. The conditions of their updates allow one order of these
 * only. Receipts come in any order.
 */
export const OWN_UPDATES = ['accepted', 'unknown', 'put-back', 'refused', 'skip', 'cancel'] as const;
export type OwnUpdate = (typeof OWN_UPDATES)[number];

export type HistoryEvent = { own: OwnUpdate } | { posted: Posted; epoch: number };

/** The events of one delivery from the claim of its newest attempt on. The attempt before was put back. */
export type DeliveryHistory = { epoch: number; events: HistoryEvent[] };

export const START = Date.UTC(2026, 0, 5, 12);
export const sidOf = (epoch: number): string => `SM${String(epoch).repeat(32)}`;

const HISTORIES: readonly (readonly OwnUpdate[])[] = [
  [],
  ['accepted'],
  ['unknown'],
  ['put-back'],
  ['put-back', 'cancel'],
  ['refused'],
  ['skip'],
];

/** After these updates the newest attempt provably created no message, so the carrier reports nothing about it. */
const NOTHING_LEFT: readonly OwnUpdate[] = ['refused', 'skip'];

const STATUSES = ['queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', 'canceled', 'read'];

const receipt = (newest: number): fc.Arbitrary<HistoryEvent> =>
  fc
    .record({
      epoch: fc.integer({ min: 1, max: newest }),
      status: fc.constantFrom(...STATUSES),
      error: fc.constantFrom(null, '30003', '30005', '30008'),
      doneDate: fc.constantFrom(null, '2601051201', '2601051259'),
      at: fc.integer({ min: 1, max: 5 }),
    })
    .map(({ epoch, at, ...rest }) => ({
      epoch,
      posted: { ...rest, carrierSid: sidOf(epoch), at: new Date(START + at * 1000) },
    }));

/** Up to six events, each once. Our own updates keep their order. */
export const deliveryHistories: fc.Arbitrary<DeliveryHistory> = fc
  .record({ epoch: fc.constantFrom(1, 2), history: fc.constantFrom(...HISTORIES) })
  .chain(({ epoch, history }) => {
    const newest = history.some((own) => NOTHING_LEFT.includes(own)) ? epoch - 1 : epoch;
    const most = newest === 0 ? 0 : 6 - history.length;
    const told = fc.array(receipt(Math.max(newest, 1)), { maxLength: most });
    return told.map((receipts) => ({ epoch, events: [...history.map((own) => ({ own })), ...receipts] }));
  });

/**
 * The events of a history in another order, some of them twice. Our own updates keep their order, and a repeated one
 * may come at any later time.
 */
export const orders = ({ events }: DeliveryHistory): fc.Arbitrary<HistoryEvent[]> =>
  fc
    .record({
      places: fc.array(fc.nat(1000), { minLength: events.length, maxLength: events.length }),
      again: fc.array(fc.option(fc.nat(1000)), { minLength: events.length, maxLength: events.length }),
    })
    .map(({ places, again }) => {
      const own = places.filter((_, at) => 'own' in (events[at] as HistoryEvent)).sort((a, b) => a - b);
      const placed = events.map((event, at) => {
        const place = ('own' in event ? own.shift() : places[at]) as number;
        return { event, place };
      });
      const repeated = placed.flatMap(({ event }, at) => {
        const place = again[at] ?? null;
        // Our own updates are repeated only after all have come: a put-back after the row went on names an epoch that
        // is over.
        return place === null ? [] : [{ event, place: 'own' in event ? 1001 + at : place }];
      });
      return [...placed, ...repeated].sort((a, b) => a.place - b.place).map(({ event }) => event);
    });

/** The final row by the pure rule, once claims that were left are swept and receipts that had to wait are applied. */
export function endOf(life: DeliveryHistory, events: readonly HistoryEvent[]): FoldedRow {
  let row: FoldedRow = { state: 'sending', open: true, epoch: life.epoch };
  const waiting: Receipt[] = [];
  for (const event of events) {
    if ('own' in event) row = afterOwn(row, event.own);
    else {
      const told = receiptOf({ delivery: 'd', epoch: event.epoch }, event.posted) as Receipt;
      const folded = foldReceipt(row, told);
      if (folded === null) waiting.push(told);
      row = folded ?? markDouble(row, told.carrierSid);
    }
  }
  row = afterOwn(row, 'unknown');
  return waiting.reduce((before, receipt) => foldReceipt(before, receipt) ?? before, row);
}

export const REFUSAL = '21211';
export const ANSWERED = new Date(START);

/** What the conditional updates of our own processes do. */
function afterOwn(row: FoldedRow, own: OwnUpdate): FoldedRow {
  const { open: _, ...ended } = row;
  if (own === 'cancel')
    return row.state === 'planned' ? { ...ended, state: 'canceled', error: 'opted out' } : row;
  if (own === 'accepted') {
    const state = row.state === 'sending' ? 'accepted' : row.state;
    return { ...ended, state, carrierSid: sidOf(row.epoch), acceptedAt: ANSWERED };
  }
  if (row.state !== 'sending') return row;
  switch (own) {
    case 'put-back':
      return { ...row, state: 'planned' };
    case 'unknown':
      return { ...ended, state: 'unknown', error: 'why' };
    case 'refused':
      return { ...ended, state: 'failed', error: REFUSAL, finalAt: ANSWERED };
    case 'skip':
      return { ...ended, state: 'skipped' };
    default:
      return own satisfies never;
  }
}

/**
 * The fields that must be equal. Which of two messages is the row's own depends on the order, and is left out. That
 * both are recorded does not, and is compared.
 */
export function compared(row: FoldedRow) {
  const { state, epoch, acceptedAt, sentAt, finalAt, doneDate } = row;
  const sids = new Set([row.carrierSid, ...(row.extraSids ?? [])].filter((sid) => sid !== undefined));
  const failed = state === 'failed' || state === 'undelivered';
  const error = failed ? (row.error ?? null) : null;
  return {
    state,
    open: row.open ?? false,
    epoch,
    sids: [...sids].sort(),
    error,
    acceptedAt,
    sentAt,
    finalAt,
    doneDate,
  };
}
