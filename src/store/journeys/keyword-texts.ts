import type { ConsentEventDoc } from '../consent/consent-events.ts';
import type { InboundDoc } from '../consent/inbound.ts';
import type { Store } from '../store.ts';

/** One act of a person, by which its ledger entry and its text are found from each other. */
export type ActRef = Pick<ConsentEventDoc, 'contact' | 'actedAt' | 'recordedAt'>;
type Question = ActRef & Pick<ConsentEventDoc, 'seq' | 'channel'>;

/** Questions of some people's ledgers, among those at some places in their chains. */
export async function questionsAt(
  store: Store,
  places: readonly { contact: string; seq: number }[],
): Promise<Question[]> {
  if (places.length === 0) return [];
  const contact = { $in: [...new Set(places.map((place) => place.contact))] };
  const seq = { $in: [...new Set(places.map((place) => place.seq))] };
  const projection = { _id: 0, contact: 1, seq: 1, channel: 1, actedAt: 1, recordedAt: 1 } as const;
  return store.consentEvents
    .find<Question>({ contact, seq, kind: 'prompted' }, { projection, hint: 'place-in-chain' })
    .toArray();
}

export type KeywordText = Pick<InboundDoc, '_id' | 'contact' | 'receivedAt' | 'recordedAt' | 'reading'>;

/** Texts of some people that were read as words of a program, among those that came at some moments. */
export async function keywordTextsAt(store: Store, acts: readonly ActRef[]): Promise<KeywordText[]> {
  if (acts.length === 0) return [];
  const contact = { $in: [...new Set(acts.map((act) => act.contact))] };
  const receivedAt = { $in: acts.map(({ actedAt }) => actedAt) };
  const filter = { contact, receivedAt, 'reading.kind': { $in: ['join', 'topics-on'] } };
  const projection = { contact: 1, receivedAt: 1, recordedAt: 1, reading: 1 } as const;
  return store.inbound.find<KeywordText>(filter, { projection, hint: 'of-contact' }).toArray();
}
