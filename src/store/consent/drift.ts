import type { Store } from '../store.ts';
import { OF_CARRIER } from './consent-events.ts';
import { OPT_OUT_TYPE } from './inbound.ts';

/** How many opt-outs came by one way, and the newest of them. */
export type Came = { count: number; newestAt: Date | null };

export type Span = { from: Date; to: Date };

const OPT_OUTS = ['stop-all', 'stop-some'];

/** Opt-outs by text that only the carrier's list told of. */
export const optOutsByList = (store: Store, span: Span): Promise<Came> =>
  countInbound(store, span, { door: 'list', 'reading.kind': { $in: OPT_OUTS } });

/** Texts that are an opt-out by the carrier's own word alone. */
export const optOutsByType = (store: Store, span: Span): Promise<Came> =>
  countInbound(store, span, { 'reading.rule': OPT_OUT_TYPE, 'reading.kind': { $in: OPT_OUTS } });

/** Opt-outs that an error code of the carrier told of, by code. */
export async function optOutsByError(store: Store, { from, to }: Span): Promise<Map<string, Came>> {
  const found = await store.consentEvents
    .aggregate<{ _id: string | null } & Came>(
      [
        { $match: { actor: 'carrier', kind: 'withdrawn', recordedAt: { $gte: from, $lt: to } } },
        { $group: { _id: '$reason', count: { $sum: 1 }, newestAt: { $max: '$recordedAt' } } },
      ],
      { hint: OF_CARRIER },
    )
    .toArray();
  return new Map(
    found.map(({ _id, count, newestAt }) => [/\d+/.exec(_id ?? '')?.[0] ?? '', { count, newestAt }]),
  );
}

async function countInbound(store: Store, { from, to }: Span, which: Record<string, unknown>): Promise<Came> {
  const [found] = await store.inbound
    .aggregate<Came>([
      { $match: { ...which, recordedAt: { $gte: from, $lt: to } } },
      { $group: { _id: null, count: { $sum: 1 }, newestAt: { $max: '$recordedAt' } } },
    ])
    .toArray();
  return { count: found?.count ?? 0, newestAt: found?.newestAt ?? null };
}
