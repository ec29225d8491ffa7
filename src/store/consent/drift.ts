import { CLOSING_OR_OPENING, type Entry } from '../../domain/reports/drift.ts';
import type { Store } from '../store.ts';
import { type ConsentEventDoc, OF_CARRIER } from './consent-events.ts';
import { OPT_OUT_TYPE } from './inbound.ts';

export type Span = { from: Date; to: Date };

/** A text that may have opted its sender out; only their ledger tells. */
export type TextTold = { contact: string; actedAt: Date; recordedAt: Date };

/** How such texts are read: a NO, and a birth date, end what they answer a question about. */
const MAY_CLOSE = ['stop-all', 'stop-some', 'no', 'birth-date'];

/** Texts that only the carrier's list told of. */
export const textsByList = (store: Store, span: Span): Promise<TextTold[]> =>
  textsTold(store, span, { door: 'list' });

/** Texts that are an opt-out by the carrier's own word alone. One that only its list told of has no such word. */
export const textsByType = (store: Store, span: Span): Promise<TextTold[]> =>
  textsTold(store, span, { 'reading.rule': OPT_OUT_TYPE });

async function textsTold(
  store: Store,
  { from, to }: Span,
  which: Record<string, unknown>,
): Promise<TextTold[]> {
  const rows = await store.inbound
    .find(
      { ...which, 'reading.kind': { $in: MAY_CLOSE }, recordedAt: { $gte: from, $lt: to } },
      { projection: { _id: 0, contact: 1, receivedAt: 1, recordedAt: 1 } },
    )
    .toArray();
  return rows.flatMap(({ contact, receivedAt: actedAt, recordedAt }) =>
    contact === null ? [] : { contact, actedAt, recordedAt },
  );
}

/** An opt-out that an error code of the carrier told of. */
export type OptOutError = Pick<ConsentEventDoc, 'contact' | 'seq' | 'reason' | 'recordedAt'>;

export async function optOutErrors(store: Store, { from, to }: Span): Promise<OptOutError[]> {
  return store.consentEvents
    .find(
      { actor: 'carrier', kind: 'withdrawn', recordedAt: { $gte: from, $lt: to } },
      {
        projection: { _id: 0, contact: 1, seq: 1, reason: 1, recordedAt: 1 },
        hint: OF_CARRIER,
      },
    )
    .toArray();
}

/** Of some people, everything in their ledgers that closed something or opened it again, by contact. */
export async function closingChains(store: Store, contacts: string[]): Promise<Entry[]> {
  return store.consentEvents
    .find(
      { contact: { $in: contacts }, kind: { $in: [...CLOSING_OR_OPENING] } },
      {
        projection: { _id: 0, contact: 1, seq: 1, kind: 1, program: 1, scope: 1, actor: 1, actedAt: 1 },
        hint: 'place-in-chain',
      },
    )
    .sort({ contact: 1, seq: 1 })
    .toArray();
}
