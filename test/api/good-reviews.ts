import type { Client } from './client.ts';
import type { Good } from './good-requests.ts';

/** What makes something to review: from whom, and their words. */
export const TO_REVIEW = { from: '+15551230003', body: 'I get too many texts' };

/** Requests about what people wrote that no rule could decide about; well formed where nobody wrote. */
export async function reviewRequests(client: Client): Promise<Record<string, Good[]>> {
  const { body: holds } = await client('get', '/holds');
  const hold = `/holds/${holds.items[0]?.id ?? `${'0'.repeat(24)}.1`}`;
  const reason = 'Read with care.';
  return {
    'get /holds': [{ path: '/holds' }],
    'post /holds/{id}/read': [{ path: `${hold}/read`, body: { reason } }],
    'post /holds/{id}/decide': [
      { path: `${hold}/decide`, body: { decision: 'opt-out', reason, wrong_number: true } },
    ],
  };
}
