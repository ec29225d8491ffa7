import fc from 'fast-check';
import { type Posted, type Receipt, receiptOf } from '../../src/domain/receipt-order.ts';
import { fold, markDouble, type Row } from './receipt-rule.ts';

/** What our own side records about the newest attempt. Its conditions put these in one order; receipts know none. */
export const OWN = ['accepted', 'unknown', 'put-back', 'refused', 'skip', 'cancel'] as const;
export type Own = (typeof OWN)[number];

export type Event = { own: Own } | { posted: Posted; epoch: number };

/** One delivery from the flag of its newest attempt on. The attempt before that was put back. */
export type Life = { epoch: number; events: Event[] };

export const START = Date.UTC(2026, 0, 5, 12);
export const sidOf = (epoch: number): string => `SM${String(epoch).repeat(32)}`;

const HISTORIES: readonly (readonly Own[])[] = [
  [],
  ['accepted'],
  ['unknown'],
  ['put-back'],
  ['put-back', 'cancel'],
  ['refused'],
  ['skip'],
];

/** After these the newest attempt provably made no message: the carrier posts nothing about it. */
const NOTHING_LEFT: readonly Own[] = ['refused', 'skip'];

const STATUSES = ['queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', 'canceled', 'read'];

const receipt = (newest: number): fc.Arbitrary<Event> =>
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

/** Up to six events, each once; the events of our side among them in their own order. */
export const lives: fc.Arbitrary<Life> = fc
  .record({ epoch: fc.constantFrom(1, 2), history: fc.constantFrom(...HISTORIES) })
  .chain(({ epoch, history }) => {
    const newest = history.some((own) => NOTHING_LEFT.includes(own)) ? epoch - 1 : epoch;
    const most = newest === 0 ? 0 : 6 - history.length;
    const told = fc.array(receipt(Math.max(newest, 1)), { maxLength: most });
    return told.map((receipts) => ({ epoch, events: [...history.map((own) => ({ own })), ...receipts] }));
  });

/** The events of a life in another order, some of them twice. Our own keep theirs; a repeated one comes at any time after. */
export const orders = ({ events }: Life): fc.Arbitrary<Event[]> =>
  fc
    .record({
      places: fc.array(fc.nat(1000), { minLength: events.length, maxLength: events.length }),
      again: fc.array(fc.option(fc.nat(1000)), { minLength: events.length, maxLength: events.length }),
    })
    .map(({ places, again }) => {
      const own = places.filter((_, at) => 'own' in (events[at] as Event)).sort((a, b) => a - b);
      const placed = events.map((event, at) => {
        const place = ('own' in event ? own.shift() : places[at]) as number;
        return { event, place };
      });
      const repeated = placed.flatMap(({ event }, at) => {
        const place = again[at] ?? null;
        // Our own come again only once all have come: a put-back after the row went on names an epoch that is over.
        return place === null ? [] : [{ event, place: 'own' in event ? 1001 + at : place }];
      });
      return [...placed, ...repeated].sort((a, b) => a.place - b.place).map(({ event }) => event);
    });

/** The end of a life by the pure rule, once flags left up are swept and receipts that had to wait are folded. */
export function endOf(life: Life, events: readonly Event[]): Row {
  let row: Row = { state: 'sending', open: true, epoch: life.epoch };
  const waiting: Receipt[] = [];
  for (const event of events) {
    if ('own' in event) row = afterOwn(row, event.own);
    else {
      const told = receiptOf({ delivery: 'd', epoch: event.epoch }, event.posted) as Receipt;
      const folded = fold(row, told);
      if (folded === null) waiting.push(told);
      row = folded ?? markDouble(row, told.carrierSid);
    }
  }
  row = afterOwn(row, 'unknown');
  return waiting.reduce((before, one) => fold(before, one) ?? before, row);
}

export const REFUSAL = '21211';
export const ANSWERED = new Date(START);

/** What our side's conditional updates do. */
function afterOwn(row: Row, own: Own): Row {
  const { open: _, ...ended } = row;
  if (own === 'cancel')
    return row.state === 'planned'
      ? { ...ended, state: 'canceled', endedBy: 'opt-out', error: 'opted out' }
      : row;
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

/** What must be equal. Which of two messages is the row's own depends on which was heard of first; that both are noted does not. */
export function compared(row: Row) {
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
