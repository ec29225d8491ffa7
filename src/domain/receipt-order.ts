/** Carrier statuses in the order a message passes them. Callbacks come late, twice and out of order. Source: Twilio Docs, outbound message status. */
const RANK: Record<string, number> = {
  scheduled: 0,
  accepted: 1,
  queued: 2,
  sending: 3,
  sent: 4,
  delivered: 5,
  undelivered: 5,
  failed: 5,
  canceled: 5,
  read: 6,
};

export type ReceiptState = 'accepted' | 'sent' | 'delivered' | 'undelivered' | 'failed';

/** The delivery state a carrier status stands for; null where it says nothing new, or is unknown. */
export function stateOfStatus(status: string): ReceiptState | null {
  const rank = Object.hasOwn(RANK, status) ? RANK[status] : undefined;
  if (rank === undefined) return null;
  if (status === 'undelivered') return 'undelivered';
  if (status === 'failed' || status === 'canceled') return 'failed';
  if (rank >= 5) return 'delivered';
  return rank === 4 ? 'sent' : 'accepted';
}

/** States a receipt of `next` may move from: only forward, and never from one final state to another. */
export function statesBefore(next: ReceiptState): string[] {
  const open = ['planned', 'sending', 'canceled', 'expired', 'unknown'];
  if (next === 'accepted') return open;
  return next === 'sent' ? [...open, 'accepted'] : [...open, 'accepted', 'sent'];
}
