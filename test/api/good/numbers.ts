import type { Client } from '../client.ts';
import type { GoodRequest } from './good-request.ts';

const RULES = {
  doors: { opt_ins: 'lookup', contacts: 'plan' },
  accepted: ['fixed-voip'],
  cache_days: 90,
  daily_budget: 1000,
  reassigned_after_days: 60,
};

/** Requests about phone numbers. */
export async function numberRequests(client: Client): Promise<Record<string, GoodRequest[]>> {
  const { body: run } = await client('post', '/verifications', { body: {} });
  return { ...NUMBER_REQUESTS, ...ofRun(run.id) };
}

const ofRun = (id: string): Record<string, GoodRequest[]> => ({
  'get /verifications': [{ path: '/verifications' }],
  'post /verifications': [
    { path: '/verifications', body: { segment: { kind: 'age', from: 21 }, not_verified_days: 30 } },
  ],
  'get /verifications/{id}': [{ path: `/verifications/${id}` }],
  'post /verifications/{id}/cancel': [{ path: `/verifications/${id}/cancel`, body: {} }],
});

const NUMBER_REQUESTS: Record<string, GoodRequest[]> = {
  'post /numbers/normalise': [
    {
      path: '/numbers/normalise',
      body: { numbers: [{ number: '(212) 867-5309', country: 'US' }], countries: ['US', 'CA'] },
    },
  ],
  'post /numbers/normalise/bulk': [
    {
      path: '/numbers/normalise/bulk',
      query: 'countries=US,CA',
      headers: { 'Content-Type': 'application/x-ndjson' },
      type: 'application/x-ndjson',
      raw: '{"number": "(212) 867-5309"}\n',
    },
  ],
  'get /verification-rules': [{ path: '/verification-rules' }],
  'put /verification-rules': [{ path: '/verification-rules', body: RULES }],
};
